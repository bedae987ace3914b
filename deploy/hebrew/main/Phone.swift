import ArgumentParser
import Foundation
import Hebrew

struct Phone: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads written telephone numbers; prints E.164, or the number itself where it has none.",
        discussion: "What is no number is answered with none and, with --why or --json, the reason. Numbers in words are understood too."
    )

    @Flag(help: "One JSON object for each line: value, kind, screen, spoken, or the fault.")
    var json = false

    @Flag(help: "The reason behind none.")
    var why = false

    @Option(help: "canonical, screen, international, national or spoken.")
    var format: Format = .canonical

    enum Format: String, ExpressibleByArgument, CaseIterable { case canonical, screen, international, national, spoken }

    func run() {
        while let line = readLine() {
            do {
                let phone = try Phone.read(line)
                Output.line(json ? Phone.json(phone) : written(phone))
            } catch {
                Output.line(json ? Phone.json(error) : why ? "none\t\(error.code)\t\(error.cause)" : "none")
            }
        }
    }

    /// In digits; a line with Hebrew letters may hold a number in words.
    private static func read(_ line: String) throws(PhoneFault) -> PhoneNumber {
        do throws(PhoneFault) {
            return try PhoneNumber(parsing: line)
        } catch {
            guard error == .unexpectedCharacter, line.unicodeScalars.contains(where: { (0x05D0...0x05EA).contains($0.value) }),
                let spoken = Understanding(line, context: UnderstandingContext(now: Date())).phone()
            else { throw error }
            return spoken.value
        }
    }

    private func written(_ phone: PhoneNumber) -> String {
        switch format {
        case .canonical: phone.canonical
        case .screen: phone.screen
        case .international: phone.international
        case .national: phone.national
        case .spoken: phone.spoken
        }
    }

    private static func json(_ phone: PhoneNumber) -> String {
        "{\"value\":\"\(phone.canonical)\",\"kind\":\"\(phone.kind.rawValue)\",\"e164\":\(phone.e164.map { "\"\($0)\"" } ?? "null"),"
            + "\"screen\":\"\(phone.screen)\",\"spoken\":\"\(phone.spoken)\"}"
    }

    private static func json(_ fault: PhoneFault) -> String {
        "{\"value\":null,\"code\":\"\(fault.code)\",\"why\":\"\(fault.cause)\",\"remedy\":\"\(fault.remedy)\"}"
    }
}
