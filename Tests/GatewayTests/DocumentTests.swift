import BusContract
import CallEngine
import CallVocabulary
import Foundation
import GatewayJournal
import Logging
import NIOCore
import Synchronization
import Testing
import TwilioREST
import TwilioWire

@testable import Gateway

/// Every document that Twilio is given, byte for byte, as a real desk writes it. With `MAANE_GOLDEN=write` the files are written anew.
@Suite struct DocumentTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    private static let isWriting = ProcessInfo.processInfo.environment["MAANE_GOLDEN"] == "write"
    private static let call = DeskRig.call(1)

    /// Names of replies are random.
    private static func normalised(_ text: String) -> String {
        text.replacing(/r-[0-9a-f]{32}\.mp3/, with: "r-00000000000000000000000000000000.mp3")
    }

    private func check(_ name: String, _ text: String, at location: SourceLocation = #_sourceLocation) throws {
        let file = Self.folder.appendingPathComponent(name + ".xml")
        if Self.isWriting {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(Self.normalised(text).utf8).write(to: file)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(Self.normalised(text) == golden, "\(name).xml", sourceLocation: location)
        #expect(!Self.isWriting, "\(name).xml was written anew", sourceLocation: location)
    }

    /// One document from each situation, by the name of its golden file.
    static func documents() async throws -> [(name: String, text: String, isUpdate: Bool)] {
        var documents: [(String, String, Bool)] = []
        func add(_ name: String, _ reply: TwiMLReply) { documents.append((name, reply.document.text, false)) }
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call)
            add("01-incoming", first)
            let line = FakeLine()
            _ = try await rig.stream(first.document, line)
            let again = try await rig.ask(.streamEnded, call)
            add("03-stream-again", again)
            _ = try await rig.stream(again.document, line)
            let ticket = rig.desk.control().makeReply(call) { _ in }
            documents.append(("04-reply", try #require(rig.desk.control().announce(call, ticket.name, 2_500)), true))
            add("04-reply", try await rig.ask(.streamEnded, call))
            add("05-recording", try await rig.ask(.handleRecording, call))
            add("05-recording", try await rig.ask(.streamEnded, call))
            add("05-recording", try await rig.ask(.fallback, call))
            add(
                "06-after-recording",
                try await rig.ask(.handleRecording, call, ["RecordingUrl": "https://api.twilio.com/RE" + String(repeating: "0", count: 32)]))
            add("07-refusal", try await rig.ask(.incomingCall, DeskRig.call(2), ["To": "+972355501"]))
            add("11-hangup", try await rig.ask(.streamEnded, DeskRig.call(3), ["To": "+972355501"]))
            add("preview-incoming", rig.desk.preview(.incomingCall))
            add("preview-recording", rig.desk.preview(.handleRecording))
        }
        let updater = FakeUpdater()
        try await DeskRig.live(.init(updater: updater)) { (rig: DeskRig) async throws in
            for (number, exit, name) in [(1, LineExit.transfer, "08-transfer"), (2, .timeUp, "07-time-up")] {
                let call = DeskRig.call(number)
                let document = try await rig.ask(.incomingCall, call)
                _ = try await rig.stream(document.document)
                await withCheckedContinuation { told in rig.desk.exit(call, exit) { _ in told.resume() } }
                guard case .twiml(let text) = updater.updates.last else { continue }
                documents.append((name, text, true))
                // The update's effect is not certain: whoever asks is told the same.
                add(name, try await rig.ask(.streamEnded, call))
            }
            add("09-nobody", try await rig.ask(.transferEnded, call, ["DialCallStatus": "no-answer"]))
        }
        try await DeskRig.live(.init(slots: 0)) { (rig: DeskRig) async throws in add("07-busy", try await rig.ask(.incomingCall, call)) }
        try await DeskRig.live(.init(isRecorded: true)) { (rig: DeskRig) async throws in
            add("01-incoming-recorded", try await rig.ask(.incomingCall, call))
        }
        try await DeskRig.live(.init(business: "greeting_mode: stream\n")) { (rig: DeskRig) async throws in
            add("02-greeting-in-stream", try await rig.ask(.incomingCall, call))
        }
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call)
            _ = try await rig.stream(first.document)
            rig.desk.leave()
            add("10-restarting-stream-ended", try await rig.ask(.streamEnded, call))
            add("10-restarting-incoming", try await rig.ask(.incomingCall, DeskRig.call(2)))
            add("10-restarting-greeted", try await rig.ask(.incomingCall, DeskRig.call(2), query: ["greeted": "1"]))
        }
        try await DeskRig.live(.init(missing: ["greeting_he"])) { (rig: DeskRig) async throws in
            add("10-waiting-for-prompts", try await rig.ask(.incomingCall, call, query: ["greeted": "1"]))
        }
        return documents
    }

    @Test func goldens() async throws {
        let documents = try await Self.documents()
        for document in documents { try check(document.name, document.text) }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".xml") }
        #expect(Set(files) == Set(documents.map { $0.name + ".xml" }), "each golden file is some situation's")
    }

    private static func golden() throws -> [(name: String, text: String)] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).filter { $0.pathExtension == "xml" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    @Test func twilioSaysNothingItself() throws {
        let golden = try Self.golden()
        #expect(golden.count >= 16)
        for (name, text) in golden { #expect(!text.lowercased().contains("<say"), "\(name)") }
    }

    /// What runs after each verb, in every golden file.
    @Test func noCallerIsLeftOnASilentLine() throws {
        for (name, text) in try Self.golden() {
            #expect(text.hasPrefix(#"<?xml version="1.0" encoding="UTF-8"?><Response>"#) && text.hasSuffix("</Response>"), "\(name)")
            #expect(text.utf8.count <= 64_000, "\(name): error 11750")
            let verbs = text.matches(of: /<(Play|Connect|Redirect|Pause|Record|Dial|Hangup)\b/).map { String($0.1) }
            let ends: Set = ["Redirect", "Record", "Dial", "Hangup"]
            #expect(verbs.last.map(ends.contains) == true, "\(name) ends with \(verbs.last ?? "nothing")")
            // A Connect's action is asked; should Twilio run on, the recording comes next.
            for verb in verbs.dropLast() { #expect(!ends.contains(verb), "\(name): a verb after \(verb)") }
            #expect(verbs.contains("Connect") == text.contains("<Connect action=\"https://"), "\(name): nobody is asked after the stream")
            if verbs.contains("Record") { #expect(text.contains("<Record action=\"https://"), "\(name): error 11100") }
            if verbs.contains("Dial") { #expect(text.contains("<Dial action=\"https://"), "\(name): error 15004") }
            if let pause = verbs.firstIndex(of: "Pause") { #expect(verbs[pause...] == ["Pause", "Redirect"], "\(name)") }
        }
    }

    @Test func everyAddressIsAbsolute() throws {
        for (name, text) in try Self.golden() {
            for match in text.matches(of: /(?:action|url|statusCallback|recordingStatusCallback)="([^"]*)"/) {
                #expect(match.1.hasPrefix("https://voice.example.com/webhook/") || match.1 == "wss://voice.example.com/ws/twilio-media", "\(name)")
            }
            for match in text.matches(of: /<(?:Play|Redirect)[^>]*>([^<]*)</) { #expect(match.1.hasPrefix("https://voice.example.com/"), "\(name)") }
            #expect(!text.contains("& ") && !text.contains("&g"), "\(name): an address is not escaped")
        }
    }

    @Test func everyMP3IsThere() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            for (name, text) in try Self.golden() {
                for match in text.matches(of: /<Play>[^<]*\/([^<\/]*)\.mp3</) where !match.1.hasPrefix("r-") {
                    #expect(rig.prompts.isReady(String(match.1)), "\(name) names \(match.1)")
                }
            }
        }
    }

    @Test func nobodyIsRecordedUntold() async throws {
        try await DeskRig.live(.init(isRecorded: true, missing: ["recorded_he"])) { (rig: DeskRig) async throws in
            let document = try await rig.ask(.incomingCall, DeskRig.call(1)).document
            #expect(document.text.contains("/webhook/incoming_call?wait=1"))
            #expect(!document.text.contains("<Stream"))
        }
    }

    /// What is said when a prompt could not be made: never a file that is not there, never silence.
    @Test(arguments: [
        ("fallback_he", "05-recording"), ("thanks_he", "06-after-recording"), ("time_up_he", "07-time-up"), ("handover_he", "08-transfer"),
        ("nobody_he", "09-nobody"), ("moment_he", "10-restarting-stream-ended"),
    ])
    func aMissingPromptIsNotNamed(_ prompt: String, _ golden: String) async throws {
        let call = DeskRig.call(1)
        try await DeskRig.live(.init(missing: [prompt])) { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call)
            var text = first.document.text
            _ = try await rig.stream(first.document)
            switch prompt {
            case "fallback_he": text = try await rig.ask(.handleRecording, call).document.text
            case "thanks_he": text = rig.desk.goodbye(BusinessID("nadlan-hayarkon")).text
            case "time_up_he": text = rig.desk.timeUp(BusinessID("nadlan-hayarkon")).text
            case "handover_he": text = try #require(rig.desk.transfer(BusinessID("nadlan-hayarkon"))).text
            case "nobody_he":
                rig.desk.state.withLock { $0.book.leave(call, by: .transfer) }
                text = try await rig.ask(.transferEnded, call, ["DialCallStatus": "busy"]).document.text
            case "moment_he":
                rig.desk.leave()
                text = try await rig.ask(.streamEnded, call).document.text
            default: break
            }
            let whole = try #require(try Self.golden().first { $0.name == golden + ".xml" }).text
            // What is played less is waited for less: the token is another.
            let token = /name="token" value="[^"]*"/
            #expect(
                text.replacing(token, with: "")
                    == whole.replacing("<Play>https://voice.example.com/static/tts/\(prompt).mp3</Play>", with: "").replacing(token, with: ""))
            #expect(!text.contains(prompt) && whole.contains(prompt))
        }
    }

    @Test(arguments: ["greeting_he", "refusal_he", "busy_he"]) func whatCannotBeSaidYetIsWaitedForAndNotForEver(_ prompt: String) async throws {
        try await DeskRig.live(.init(slots: prompt == "busy_he" ? 0 : 5, missing: [prompt])) { (rig: DeskRig) async throws in
            let to = ["To": prompt == "refusal_he" ? "+97231111111" : DeskRig.number]
            var query: [String: String] = [:]
            for attempt in 1...8 {
                let reply = try await rig.ask(.incomingCall, Self.call, to, query: query)
                #expect(reply.status == 200 && reply.document.redirect == "\(rig.address.incomingCallURL)?wait=\(attempt)")
                query = ["wait": "\(attempt)"]
            }
            #expect(try await rig.ask(.incomingCall, Self.call, to, query: query).status == 503, "Twilio then asks the fallback URL")
            #expect(await rig.facts(Self.call).isEmpty, "nothing has been decided about it")
        }
    }

    /// Twilio takes 4,000 characters (32018).
    @Test func updatesAreShortEnoughForTheLongestAddress() async throws {
        let updater = FakeUpdater()
        let base = "https://" + Array(repeating: String(repeating: "a", count: 47), count: 4).joined(separator: ".")
        #expect(base.utf8.count == 199)
        try await DeskRig.live(.init(baseURL: base, updater: updater)) { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, Self.call)
            _ = try await rig.stream(first.document)
            for exit in [LineExit.transfer, .timeUp] {
                await withCheckedContinuation { told in rig.desk.exit(Self.call, exit) { _ in told.resume() } }
            }
            #expect(updater.updates.count == 2)
            for case .twiml(let text) in updater.updates { #expect(text.utf16.count <= CallUpdate.maximumTwiml) }
            let longest = StreamToken.mint(callSid: Self.call.rawValue, generation: .max, expires: .max, secret: rig.desk.secret)
            let ticket = rig.desk.control().makeReply(Self.call) { _ in }
            var entry = try #require(rig.entry(Self.call))
            entry.generation = Int(UInt32.max)
            entry.tokenExpires = .max
            let text = rig.desk.conversation(entry, [rig.address.speechURL(ticket.name + ".mp3")]).text
            #expect(text.contains(longest))
            #expect(text.utf16.count <= CallUpdate.maximumTwiml, "\(text.utf16.count)")
        }
    }

    @Test func aPreviewHasNoEffectAndOpensNothing() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            for webhook in DocumentWebhook.allCases where webhook.hasPreview {
                let looked = try await rig.desk.document(webhook, VoiceRequest(params: FormFields(), authenticity: .preview), on: rig.loop).get()
                #expect(looked.status == 200)
                if let token = looked.document.token {
                    #expect(throws: StreamToken.Refusal.preview) {
                        try StreamToken.verify(token, callSid: "preview", now: rig.clock.milliseconds / 1000, secret: rig.desk.secret)
                    }
                }
            }
            #expect(rig.desk.activeCalls == 0)
            #expect(await rig.journal.page(after: 0, limit: 10).isEmpty)
        }
    }
}
