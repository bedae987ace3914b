import BusContract
import CallVocabulary
import Testing

/// One message of every shape, as the wire has it.
enum Samples {
    static let call = "CA0123456789abcdef0123456789abcdef"

    private static let recording = "RE0123456789abcdef0123456789abcdef"

    static func callID() throws -> CallID { try #require(CallID(call)) }

    /// One message of every kind, in the order of `BusMessage`'s cases.
    static func all() throws -> [Envelope] {
        var seen: Set<String> = []
        return try shapes().map(\.envelope).filter { seen.insert($0.message.kind).inserted }
    }

    struct Shape {
        /// Name of the fixture: the kind, and after a dot the shape when the kind has several.
        let name: String
        let envelope: Envelope
    }

    static func shapes() throws -> [Shape] {
        let samples = try fleet() + hearing() + thinking() + speaking() + updating() + jobs() + facts()
        return samples.map { shape, envelope in
            Shape(name: envelope.message.kind + (shape.isEmpty ? "" : ".\(shape)"), envelope: envelope)
        }
    }

    private typealias Sample = (shape: String, envelope: Envelope)

    static let epoch = Epoch(boot: 3, counter: 7)
    private static let business = BusinessID("nadlan-tlv")
    private static let transcript = Transcript(text: "תל אביב", confidence: 0.875, understood: true)
    private static let log = [
        TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום, במה אפשר לעזור?"]),
        TurnEntry(turn: TurnID(1), heard: .silence, said: ["אפשר לעזור במשהו?"]),
        TurnEntry(turn: TurnID(2), heard: .digits("5"), said: ["תודה."]),
        TurnEntry(turn: TurnID(3), heard: .speech(transcript)),
    ]

    /// What a worker says of a conversation.
    private static func about(_ message: BusMessage, turn: Int? = nil) throws -> Envelope {
        Envelope(message, business: business, conversation: try callID().conversation, turn: turn.map { TurnID($0) }, epoch: epoch)
    }

    /// What the gateway says of a conversation: it numbers its messages.
    private static func ask(_ message: BusMessage, turn: Int? = nil, number: UInt64 = 12) throws -> Envelope {
        var envelope = try about(message, turn: turn)
        envelope.sequence = number
        return envelope
    }

    private static func fleet() throws -> [Sample] {
        let load = Load(affinity: 0.75, active: 5, draining: false, done: 1_234, outstanding: 2)
        let conversation = try callID().conversation
        return [
            ("", Envelope(.hello(Hello(pool: .asr, name: "asr-1", nonce: "0a1b2c3d", load: Load(affinity: 1, active: 0))))),
            ("", Envelope(.welcome(Welcome(gateway: "gateway-3", heartbeatMilliseconds: 200)))),
            ("unknown", Envelope(.refused(Refused(reason: "unknown here; say hello", mayRetry: true)))),
            (
                "version",
                Envelope(
                    .refused(
                        Refused(
                            reason: "the gateway speaks version 1 of the bus and this worker 2; install the same release on both", mayRetry: false)))
            ),
            ("", Envelope(.heartbeat(Heartbeat(load: load, handled: 77)))),
            ("draining", Envelope(.heartbeat(Heartbeat(load: Load(affinity: 0, active: 1, draining: true, done: 1_240))))),
            ("", Envelope(.goodbye)),
            ("", try ask(.assign(Assign()), number: 1)),
            ("asr", try ask(.assign(Assign(expectations: .anything, from: 1_500)), number: 1)),
            ("", Envelope(.release, conversation: conversation, epoch: epoch, sequence: 12)),
            // The fence: all that the worker was given so far is older.
            ("", Envelope(.revoke, conversation: conversation, epoch: Epoch(boot: 3, counter: 8), sequence: 12)),
        ]
    }

    private static func hearing() throws -> [Sample] {
        let city = Expectations(name: "city", answers: [.init(value: "tel-aviv", phrases: ["תל אביב", "בתל אביב"])], hints: ["יפו"])
        return [
            ("dialog", try about(.expectations(city), turn: 4)),
            ("asr", try ask(.expectations(city))),
            ("begin", try ask(.listen(.begin(from: 1_500)), turn: 3)),
            ("end", try ask(.listen(.end(through: 1_580)), turn: 3)),
            ("discard", try ask(.listen(.discard), turn: 3)),
            ("", try about(.resend(Resend(from: 1_500, through: 1_512)))),
            ("", try about(.transcript(TranscriptMessage(transcript: transcript, final: true, provider: "local")), turn: 3)),
            (
                "interim",
                try about(
                    .transcript(
                        TranscriptMessage(transcript: Transcript(text: "תל", confidence: 0, understood: false), final: false, provider: "local")),
                    turn: 3)
            ),
        ]
    }

    private static func thinking() throws -> [Sample] {
        func turn(
            _ heard: Heard, after count: Int, said: [String] = [], lead: [String: String]? = nil, attempt: Int? = nil, preemptive: Bool? = nil
        ) throws -> Envelope {
            let turn = DialogTurn(
                heard: heard, log: Array(log.prefix(count)), caller: "+972501234567", said: said, lead: lead, attempt: attempt, preemptive: preemptive)
            return try ask(.turn(turn), turn: count)
        }
        return [
            ("opening", try ask(.turn(DialogTurn(heard: .opening, log: [], caller: nil)), turn: 0)),
            ("speech", try turn(.speech(transcript), after: 3)),
            ("silence", try turn(.silence, after: 1)),
            ("digits", try turn(.digits("5"), after: 2)),
            ("interrupted", try turn(.interrupted, after: 3)),
            ("said", try turn(.speech(transcript), after: 3, said: ["מצוין."])),
            ("lead", try turn(.digits("5"), after: 2, lead: ["city": "tel-aviv"])),
            ("preemptive", try turn(.speech(transcript), after: 1, attempt: 1, preemptive: true)),
            ("", try about(.reply(ReplyPiece(piece: 0, text: "כמה חדרים?")), turn: 4)),
            ("attempt", try about(.reply(ReplyPiece(piece: 0, text: "כמה חדרים?", attempt: 1, firstToken: 320)), turn: 4)),
            ("", try about(.replyDone(ReplyDone(pieces: 1, lead: ["city": "tel-aviv"], ending: nil, state: "rooms", provider: "local")), turn: 4)),
            (
                "ending",
                try about(
                    .replyDone(ReplyDone(pieces: 2, lead: ["city": "tel-aviv"], ending: .goodbye, state: "bye", provider: "local")), turn: 4)
            ),
            (
                "transfer",
                try about(
                    .replyDone(ReplyDone(pieces: 1, lead: [:], ending: .transfer, state: "person", provider: "local")), turn: 4)
            ),
            (
                "attempt",
                try about(.replyDone(ReplyDone(pieces: 1, lead: [:], ending: nil, state: "rooms", provider: "local", attempt: 1)), turn: 4)
            ),
            (
                "failure",
                try about(.replyDone(ReplyDone(pieces: 0, lead: [:], ending: nil, state: "failed", provider: "local", failure: "reply")), turn: 4)
            ),
        ]
    }

    private static func speaking() throws -> [Sample] {
        [
            ("", try ask(.speak(Speak(piece: 0, text: "כמה חדרים?", creditMilliseconds: 4_000)), turn: 4)),
            ("", try about(.speech(SpeechChunk(piece: 0, index: 2, last: false)), turn: 4)),
            ("provider", try about(.speech(SpeechChunk(piece: 64, index: 0, last: false, provider: "azure")), turn: 4)),
            ("failure", try about(.speech(SpeechChunk(piece: 0, index: 3, last: true, failure: "espeak")), turn: 4)),
            ("", try ask(.credit(Credit(piece: 0, milliseconds: 2_000)), turn: 4)),
            ("piece", try ask(.cancel(Cancel(piece: 1)), turn: 4)),
            ("turn", try ask(.cancel(Cancel()), turn: 4)),
            ("unheard", try ask(.cancel(Cancel(unheard: true)), turn: 4)),
        ]
    }

    private static func updating() throws -> [Sample] {
        let lease = "\(call).2.1"
        let reply = """
            <?xml version="1.0" encoding="UTF-8"?><Response><Play>https://voice.example.com/static/tts/r-0123456789abcdef0123456789abcdef.mp3</Play>\
            <Connect action="https://voice.example.com/webhook/stream_ended" method="POST"><Stream url="wss://voice.example.com/ws/twilio-media"/>\
            </Connect></Response>
            """
        func updated(_ result: CallUpdated.Result, _ detail: String? = nil) throws -> Envelope {
            try about(.callUpdated(CallUpdated(lease: lease, result: result, detail: detail)), turn: 4)
        }
        return [
            ("", try ask(.updateCall(UpdateCall(lease: lease, twiml: reply, milliseconds: 4_000)), turn: 4)),
            ("", try ask(.endLease(EndLease(lease: lease)), turn: 4, number: 13)),
            ("", try updated(.done)),
            ("over", try updated(.over, "HTTP 400, 21220, Call is not in-progress. Cannot redirect.")),
            ("refused", try updated(.refused, "HTTP 401, 20003, Authenticate")),
            ("failed", try updated(.failed, "HTTP 429, 20429, Too Many Requests")),
            ("uncertain", try updated(.uncertain, "Timeout was reached. Allow more time, or look whether the server is overloaded.")),
            ("unused", try updated(.unused)),
        ]
    }

    private static func jobs() throws -> [Sample] {
        let conversation = try callID().conversation
        func job(_ id: Int, _ work: Job.Work, _ milliseconds: Int, _ conversation: ConversationID? = nil) -> Envelope {
            Envelope(
                .job(Job(id: "gateway-3.\(id)", work: work, deadlineMilliseconds: milliseconds)), business: business, conversation: conversation,
                sequence: 12)
        }
        return [
            ("summary", job(1, .summary(log: log, lead: ["city": "tel-aviv"], outcome: .served), 4_500, conversation)),
            ("prompt", job(2, .prompt(name: "greeting_he", text: "שלום, במה אפשר לעזור?"), 30_000)),
            ("transcribe", job(3, .transcribe(format: "wav"), 60_000, conversation)),
            ("", Envelope(.jobDone(JobDone(id: "gateway-3.1", text: "הלקוח מחפש דירה בתל אביב.")), business: business, conversation: conversation)),
            ("failure", Envelope(.jobDone(JobDone(id: "gateway-3.2", failure: "espeak-ng ended with code 1")))),
            ("", Envelope(.artifact(Artifact(name: "greeting_he", format: .mp3, job: "gateway-3.2", milliseconds: 2_310)), business: business)),
            ("", Envelope(.artifactStored(ArtifactStored(name: "greeting_he", format: .mp3)), business: business)),
            ("failure", Envelope(.artifactStored(ArtifactStored(name: "greeting_he", format: .mulaw, failure: "disk full")), business: business)),
            ("", try about(.tool(Tool(id: "t1", name: "find_slot", arguments: "{\"day\":\"sunday\"}")), turn: 4)),
            ("", try ask(.toolResult(ToolResult(id: "t1", result: "{\"slots\":[]}")), turn: 4)),
        ]
    }

    private static func facts() throws -> [Sample] {
        let conversation = try callID().conversation
        func fact(_ number: Int, _ body: Fact.Body) -> Envelope {
            let at = 1_700_000_000_000 + Int64(number) * 4_200
            return Envelope(
                .fact(Fact(id: "\(call).\(3_000_000 + number)", at: at, body: body)), business: business, conversation: conversation, sequence: 12)
        }
        func stored(_ failure: String? = nil) -> Envelope {
            Envelope(.factStored(FactStored(id: "\(call).3000002", failure: failure)), business: business, conversation: conversation)
        }
        var stages = TurnStages()
        stages.voiceEnd = CallTime(microseconds: 11_845_678)
        stages.endpoint = CallTime(microseconds: 12_345_678)
        stages.spoken = CallTime(milliseconds: 12_600)
        let entry = TurnEntry(turn: TurnID(3), heard: .speech(transcript), said: ["כמה חדרים?"])
        return [
            ("call_started", fact(1, .callStarted(from: "+972501234567", to: "+97231234567"))),
            ("turn", fact(2, .turn(TurnRecord(entry: entry, recogniser: "local", dialog: "local", state: "rooms", stages: stages)))),
            ("lead", fact(3, .lead(fields: ["city": "tel-aviv"], caller: "+972501234567"))),
            ("call_ended", fact(4, .callEnded(outcome: .served, milliseconds: 61_250))),
            ("call_ended_watchdog", fact(4, .callEnded(outcome: .fallback, milliseconds: 31_000, reason: "no media"))),
            ("summary", fact(5, .summary("הלקוח מחפש דירה בתל אביב."))),
            ("recording", fact(6, .recording(RecordingRecord(sid: recording, seconds: 12, file: "recordings/\(recording).wav", text: "אני יוסי")))),
            (
                "recording_unheard",
                fact(
                    6,
                    .recording(
                        RecordingRecord(
                            sid: recording, seconds: 12, file: "recordings/\(recording).wav", failure: "no recogniser transcribes recordings")))
            ),
            ("", stored()),
            ("failure", stored("the conversation is no call")),
        ]
    }

    // MARK: - The topic lane

    static func audio() throws -> AudioPacket {
        AudioPacket(
            epoch: epoch, captureMicroseconds: 1_700_000_012_600_123, call: try callID(),
            frame: AudioFrame(sequence: 1_500, payload: (0..<160).map { UInt8($0) }))
    }

    static func event() throws -> TapEvent {
        TapEvent(
            .heard, conversation: try callID().conversation, business: business, turn: TurnID(3), at: CallTime(microseconds: 12_412_345),
            text: "תל אביב", confidence: 0.875, understood: true)
    }
}
