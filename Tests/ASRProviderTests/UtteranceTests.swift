import Audio
import ProviderKit
import Testing

@testable import ASRWorker

@Suite struct UtteranceCutterTests {
    /// 20 ms of a voice of this level; the noise between is far below it.
    private func voice(_ milliseconds: Int) -> [UInt8] {
        MuLaw.encode((0..<(milliseconds * 8)).map { Int16(8_000 * ($0 / 20 % 2 == 0 ? 1 : -1)) })
    }

    @Test func pausesCutWhatGoesOn() {
        var cutter = UtteranceCutter()
        var found: [UtteranceCutter.Utterance] = []
        for piece in [Speech.silence(5_000), voice(600), Speech.silence(400), voice(600), Speech.silence(1_000), voice(500), Speech.silence(2_000)] {
            for start in stride(from: 0, to: piece.count, by: 333) { found += cutter.take(Array(piece[start..<min(piece.count, start + 333)])) }
        }
        // A pause of 400 ms is a breath; after one of 800 ms the utterance is over.
        #expect(found.map(\.endMilliseconds) == [6_600, 8_100])
        // 300 ms before and after what was heard: not the five seconds of silence.
        #expect(found.map { MuLaw.milliseconds(ofBytes: $0.audio.count) } == [2_200, 1_100])
        #expect(cutter.flush() == nil, "nothing was said since")
    }

    @Test func whoeverKnowsTheEndIsBelieved() {
        var cutter = UtteranceCutter()
        #expect(cutter.take(voice(500) + [1, 2, 3]).isEmpty)
        #expect(cutter.flush()?.audio == voice(500) + [1, 2, 3])
        // Quiet, and no voice to this detector: somebody says that it is an utterance.
        let quiet = MuLaw.encode((0..<4_000).map { Int16($0 % 40) })
        #expect(cutter.take(quiet).isEmpty)
        #expect(cutter.flush()?.audio == quiet)
        #expect(cutter.take(Speech.silence(100)).isEmpty)
        #expect(cutter.flush() == nil, "too short to be anything")
    }

    @Test func nothingIsLongerThanTheModelHears() {
        var cutter = UtteranceCutter()
        // Loud and soft in turns, as speech is: steady sound would become the floor.
        let speech = (0..<220).flatMap { _ in voice(160) + Speech.silence(140) }
        let found = cutter.take(speech)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.audio.count <= 28 * 8_000 })
        let rest = cutter.flush()
        #expect(found.reduce(0) { $0 + $1.audio.count } + (rest?.audio.count ?? 0) >= speech.count - 2_400)
        // Silence without end is not kept.
        for _ in 0..<100 { #expect(cutter.take(Speech.silence(1_000)).isEmpty) }
        #expect(cutter.flush().map { $0.audio.count <= 29 * 8_000 } ?? true)
    }
}

@Suite struct TranscriptReaderTests {
    private let failures = VendorFailures(
        name: "openai", key: Secret("sk-1"), keyVariable: "OPENAI_API_KEY", addressVariable: "OPENAI_BASE_URL")

    private func read(_ text: String, isStream: Bool = true, piece: Int = .max) throws -> (String, [String]) {
        var reader = TranscriptReader(isStream: isStream, failures: failures)
        var told: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            if try reader.read(Array(rest.prefix(piece))) { told.append(reader.text) }
            rest = rest.dropFirst(piece)
        }
        return (try reader.finish(), told)
    }

    private static let golden = """
        data: {"type":"transcript.text.delta","delta":"של"}\r
        \r
        : a comment
        event: whatever
        data:{"type":"transcript.text.delta",
        data: "delta":"ום"}

        data: {"type":"transcript.text.segment","text":"no","id":"x"}

        data: {"type":"transcript.text.done","text":"שלום.","usage":{"type":"tokens"},"languages":[]}

        data: [DONE]


        """

    @Test(arguments: [1, 2, 7, 1_000]) func events(_ piece: Int) throws {
        let (text, told) = try read(Self.golden, piece: piece)
        #expect(text == "שלום.")
        #expect(piece > 1 || told == ["של", "שלום", "שלום."])
    }

    @Test func whateverTheServerDoes() throws {
        #expect(try read("data: {\"type\":\"transcript.text.delta\",\"delta\":\"כן\"}").0 == "כן", "no end, not even an empty line")
        #expect(try read("data: {\"text\":\"כן\"}\n\ndata: {\"text\":\" לא\",\"avg_logprob\":1}\n\n").0 == "כן לא", "segments without a type")
        #expect(try read("").0 == "")
        #expect(try read("{\"text\":\"כן\",\"usage\":{\"type\":\"duration\",\"seconds\":1}}", isStream: false, piece: 3).0 == "כן")
        #expect(try read("{\"text\":\"\"}", isStream: false).0 == "")
    }

    @Test(arguments: [
        ("data: {\"type\":\"transcript.text.del\n\n", true, ProviderFailure.Kind.garbage),
        ("data: {\"type\":\"transcript.text.done\"}\n\n", true, .garbage),
        ("{\"te", false, .garbage), ("", false, .garbage), ("{}", false, .garbage), ("{\"error\":\"sk-1 model not loaded\"}", false, .broken),
        ("data: {\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"sk-1\"}}\n\n", true, .rateLimited),
        ("data: {\"error\":{\"type\":\"server_error\",\"code\":null}}\n\n", true, .broken),
        ("{\"error\":{\"code\":\"insufficient_quota\"}}", false, .quota), ("{\"error\":{\"code\":42}}", false, .broken),
    ])
    func failures(_ text: String, _ isStream: Bool, _ kind: ProviderFailure.Kind) {
        let error = #expect(throws: ProviderFailure.self) { try read(text, isStream: isStream) }
        #expect(error?.kind == kind && error?.message.contains("sk-1") == false)
    }

    @Test func anAnswerWithoutEnd() {
        var reader = TranscriptReader(isStream: true, failures: failures)
        #expect(throws: ProviderFailure.self) {
            for _ in 0..<2_000 { _ = try reader.read([UInt8](repeating: UInt8(ascii: "x"), count: 1_000)) }
        }
    }

    @Test func aFormAsServersReadIt() {
        var form = MultipartForm()
        form.add("model", "m")
        form.add("file", file: "audio.wav", type: "audio/wav", [0, 13, 10, 255])
        form.finish()
        let boundary = String(form.contentType.split(separator: "=")[1])
        #expect(form.contentType.hasPrefix("multipart/form-data; boundary="))
        var expected = Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--\(boundary)\r\n".utf8)
        expected += Array("Content-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\nContent-Type: audio/wav\r\n\r\n".utf8)
        expected += [0, 13, 10, 255] + Array("\r\n--\(boundary)--\r\n".utf8)
        #expect(form.body == expected)
        #expect(MultipartForm().contentType != form.contentType)
    }
}
