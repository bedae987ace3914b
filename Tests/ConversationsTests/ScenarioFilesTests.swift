import Foundation
import Testing
import TwilioSimulatorKit

@testable import ConversationsKit

struct ScenarioFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Conversations/Scenarios").path

    private static func conversations() throws -> [Conversation] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted().map {
            try Conversation.parse(try ResultFiles.read(folder + "/" + $0), file: $0)
        }
    }

    @Test func everyFileIsReadAndHasItsName() throws {
        let conversations = try Self.conversations()
        #expect(conversations.count >= 60)
        for conversation in conversations { #expect(conversation.name + ".yaml" == conversation.file) }
    }

    @Test func theSetMakesAThousandTurns() throws {
        let turns = try Self.conversations().reduce(0) { $0 + TalkScore.groups($1.utterances).count }
        #expect(turns * TalkRun(conversations: [], setup: try Self.setup, bus: "").variants >= 1_000)
    }

    @Test func whoeverSpeaksOverTheAgentHasAskedForALongAnswer() throws {
        for conversation in try Self.conversations() where conversation.utterances.contains(where: { $0.stopsAgent != nil }) {
            let hasAsked = conversation.utterances[0].parts.contains { if case .words(let text) = $0 { text.contains("לפרט") } else { false } }
            #expect(hasAsked, "\(conversation.file)")
        }
    }

    private static var setup: TalkSetup {
        get throws {
            guard let base = WebAddress("http://127.0.0.1") else { throw SimulatorFailure(.badOption, "no address") }
            let route = try Route(publicBase: base, connect: nil, loopback: true)
            return TalkSetup(accountSid: "AC", authToken: "", to: "+1", route: route, scripts: "/")
        }
    }
}
