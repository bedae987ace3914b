import Foundation
import Hebrew

/// One answer, ready to print.
struct Answer {
    var value: String?
    var through: String?
    var start = 0
    var end = 0
    var confidence = 0.0
    var why = "nothing of this kind"
    var alternatives: [String] = []
    var bound = "exact"
    /// Of goodbyes, from 0 to 1.
    var score: Double?
    let kind: String
    let text: String

    init(_ understanding: Understanding, _ kind: Understand.Kind, _ text: String) {
        (self.kind, self.text) = (kind.rawValue, text)
        switch kind {
        case .date: fill(understanding.date())
        case .time: fill(understanding.time())
        case .datetime: fill(understanding.dateTime())
        case .duration: fill(understanding.duration())
        case .phone: fill(understanding.phone())
        case .number: fill(understanding.number())
        case .price: fill(understanding.price())
        case .id: fill(understanding.identity())
        case .yesno: fill(understanding.yesNo()) { $0.rawValue }
        case .name: fill(understanding.name())
        case .place: fill(understanding.place())
        case .goodbye:
            let goodbye = understanding.goodbye()
            fill(goodbye) { $0 >= 0.5 ? "true" : "false" }
            score = goodbye.value
        }
    }

    private mutating func fill<Value: CustomStringConvertible>(_ found: Understood<Value>?) { fill(found) { $0.description } }

    private mutating func fill<Value>(_ found: Understood<Value>?, _ write: (Value) -> String) {
        guard let found else { return }
        value = write(found.value)
        through = found.through.map(write)
        (start, end, confidence, why) = (found.span.lowerBound, found.span.upperBound, found.confidence, found.why)
        alternatives = found.alternatives.map(write).filter { $0 != value }
        bound = found.bound.rawValue
    }

    var plain: String { value ?? "none" }

    var json: String {
        let bytes = Array(text.utf8)
        // Readers in other languages count characters.
        let (first, last) = (
            String(decoding: bytes[..<start], as: UTF8.self).unicodeScalars.count, String(decoding: bytes[..<end], as: UTF8.self).unicodeScalars.count
        )
        var fields = ["\"kind\":\(quoted(kind))", "\"value\":\(value.map(plainValue) ?? "null")"]
        if let through { fields.append("\"through\":\(plainValue(through))") }
        if let score { fields.append("\"score\":\(score)") }
        if bound != "exact" { fields.append("\"bound\":\(quoted(bound))") }
        fields.append("\"span\":[\(first),\(last)]")
        fields.append("\"text\":\(quoted(String(decoding: bytes[start..<end], as: UTF8.self)))")
        fields.append("\"confidence\":\((confidence * 100).rounded() / 100)")
        fields.append("\"why\":\(quoted(why))")
        fields.append("\"alternatives\":[\(alternatives.map(plainValue).joined(separator: ","))]")
        return "{\(fields.joined(separator: ","))}"
    }

    private func plainValue(_ value: String) -> String { kind == "goodbye" ? value : quoted(value) }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20: result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
