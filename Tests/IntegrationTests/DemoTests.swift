import CallEngine
import Foundation
import Testing

/// `make demo` as a newcomer runs it, and what it leaves behind.
@Suite struct DemoTests {
    private struct Report: Decodable {
        struct Turn: Decodable {
            let turn: Int
            let reference: String?
            let heard: String?
            let said: [String]
            let stages: [String: Double]
        }
        let outcome: String
        let turns: [Turn]
        let summary: String?
    }

    private struct Demo {
        let ended: Programs.Ended
        let folder: String
        let report: Report
        var lead: [String: String] {
            guard let line = ended.output.split(separator: "\n").first(where: { $0.hasPrefix("lead:") }),
                let fields = try? JSONDecoder().decode([String: String].self, from: Data(line.dropFirst(5).utf8))
            else { return [:] }
            return fields
        }
    }

    private func demo(_ environment: [String: String]) async throws -> Demo {
        let folder = NSTemporaryDirectory() + "maane-demo-\(UUID().uuidString.prefix(8))"
        let (port, admin, rest) = (try freePort(), try freePort(), try freePort())
        let ended = try await Programs.run(
            Programs.repository + "/deploy/scripts/demo.sh",
            environment: ["OUT": folder, "PORT": String(port), "ADMIN_PORT": String(admin), "REST_PORT": String(rest)].merging(environment) { $1 })
        guard let data = FileManager.default.contents(atPath: folder + "/report.json") else {
            throw Failure("the demo left no report:\n\(ended.output.suffix(4_000))")
        }
        return Demo(ended: ended, folder: folder, report: try JSONDecoder().decode(Report.self, from: data))
    }

    @Test func aCustomerGetsAnAppointmentAndTheCallCanBeReplayed() async throws {
        let demo = try await demo([:])
        defer { try? FileManager.default.removeItem(atPath: demo.folder) }
        #expect(demo.ended.code == 0, "\(demo.ended.output.suffix(4_000))")
        #expect(demo.lead == ["need": "שכירת דירה", "city": "תל אביב", "rooms": "3", "day": "יום שלישי", "hour": "10:00", "name": "דנה"])
        #expect(demo.report.outcome == "served")
        #expect(demo.report.summary?.contains("דנה") == true)
        // The conversation was shown as it happened: what was said, what was heard, and each turn's milliseconds.
        for sign in ["customer  │", "heard     │", "agent     │", "first audio", "voice to voice"] { #expect(demo.ended.output.contains(sign)) }
        let spoken = demo.report.turns.filter { $0.reference != nil }
        #expect(spoken.count >= 7)
        for turn in spoken {
            #expect(!turn.said.isEmpty, "turn \(turn.turn) was not answered")
            // The goal is 400 ms; ten times that is a defect and not a slow machine.
            #expect((turn.stages["firstAudio"] ?? .infinity) < 4_000, "turn \(turn.turn): \(turn.stages)")
        }
        for name in ["call.wav", "transcript.txt", "report.json"] { #expect(FileManager.default.fileExists(atPath: demo.folder + "/" + name)) }
        try checkStereo(demo.folder + "/call.wav")

        let trace = try #require(try FileManager.default.contentsOfDirectory(atPath: demo.folder + "/trace").first)
        let recorded = try #require(FileManager.default.contents(atPath: demo.folder + "/trace/" + trace))
        let (steps, difference) = try CallTrace.replay(recorded)
        #expect(steps > 1_000)
        #expect(difference == nil)
    }

    /// The recogniser is not told the answer: another script is heard and stored as it was spoken.
    @Test func anotherCustomerIsHeardDifferently() async throws {
        let demo = try await demo(["SCRIPT": "Tests/TwilioSimulator/Scripts/buy-flat.yaml", "VOICE": "he+f5"])
        defer { try? FileManager.default.removeItem(atPath: demo.folder) }
        #expect(demo.ended.code == 0, "\(demo.ended.output.suffix(4_000))")
        #expect(
            demo.lead == ["need": "קניית דירה", "city": "חיפה", "rooms": "4", "day": "יום חמישי", "hour": "18:00", "name": "יוסי"],
            "\(demo.ended.output.suffix(3_000))")
    }

    private func checkStereo(_ path: String) throws {
        let data = try #require(FileManager.default.contents(atPath: path))
        #expect(data.prefix(4) == Data("RIFF".utf8))
        // fmt chunk: channels at byte 22, rate at 24.
        #expect(data[22] == 2)
        #expect(data[24..<28].reversed().reduce(0) { $0 << 8 | Int($1) } == 8_000)
        #expect(data.count > 30 * 8_000 * 4)
    }
}
