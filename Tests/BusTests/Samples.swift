import BusContract
import CallVocabulary
import Testing

/// One message of every kind, as the wire has it.
enum Samples {
    static let call = "CA0123456789abcdef0123456789abcdef"

    static func callID() throws -> CallID { try #require(CallID(call)) }

    /// Only the gateway numbers its messages.
    private static func fromGateway(_ message: BusMessage) -> Bool {
        switch message {
        case .assign, .expectations, .listen, .turn, .speak, .credit, .cancel, .job, .toolResult, .fact: true
        default: false
        }
    }

    static func all() throws -> [Envelope] {
        let conversation = try callID().conversation
        let business = BusinessID("nadlan-tlv")
        let epoch = Epoch(boot: 3, counter: 7)
        func about(_ message: BusMessage, turn: Int? = nil) -> Envelope {
            Envelope(
                message, business: business, conversation: conversation, turn: turn.map { TurnID($0) }, epoch: epoch,
                sequence: Self.fromGateway(message) ? 12 : nil)
        }
        let load = Load(affinity: 0.75, active: 5, draining: false, done: 1_234, outstanding: 2)
        let heard = Heard.speech(Transcript(text: "תל אביב", confidence: 0.875, understood: true))
        let log = [
            TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום, במה אפשר לעזור?"]), TurnEntry(turn: TurnID(1), heard: .silence),
            TurnEntry(turn: TurnID(2), heard: .digits("5"), said: ["תודה."]), TurnEntry(turn: TurnID(3), heard: heard),
        ]
        var stages = TurnStages()
        stages.endpoint = CallTime(microseconds: 12_345_678)
        stages.spoken = CallTime(milliseconds: 12_600)
        return [
            Envelope(.hello(Hello(pool: .asr, name: "asr-1", nonce: "0a1b2c3d", load: load))),
            Envelope(.welcome(Welcome(gateway: "gateway-3", heartbeatMilliseconds: 200))),
            Envelope(.refused(Refused(reason: "unknown here; say hello", mayRetry: true))),
            Envelope(.heartbeat(Heartbeat(load: load, handled: 77))),
            Envelope(.goodbye),
            about(.assign(Assign(expectations: .anything, from: 1_500))),
            Envelope(.release, conversation: conversation, epoch: epoch),
            Envelope(.revoke, conversation: conversation, epoch: epoch),
            about(
                .expectations(
                    Expectations(name: "city", answers: [.init(value: "tel-aviv", phrases: ["תל אביב", "בתל אביב"])], hints: ["יפו"])), turn: 2),
            about(.listen(.begin(from: 4_294_967_295)), turn: 3),
            about(.resend(Resend(from: 1_500, through: 1_512))),
            about(
                .transcript(
                    TranscriptMessage(transcript: Transcript(text: "תל אביב", confidence: 0.875, understood: true), final: true, provider: "local")),
                turn: 3),
            about(.turn(DialogTurn(heard: heard, log: log, caller: "+972501234567", said: ["מצוין."])), turn: 4),
            about(.reply(ReplyPiece(piece: 0, text: "כמה חדרים?")), turn: 4),
            about(
                .replyDone(ReplyDone(pieces: 1, lead: ["city": "tel-aviv"], ending: .goodbye, state: "bye", provider: "local", failure: "half")),
                turn: 4),
            about(.speak(Speak(piece: 0, text: "כמה חדרים?", creditMilliseconds: 4_000)), turn: 4),
            about(.speech(SpeechChunk(piece: 0, index: 2, last: true, failure: "espeak")), turn: 4),
            about(.credit(Credit(piece: 0, milliseconds: 2_000)), turn: 4),
            about(.cancel(Cancel(piece: 1)), turn: 4),
            about(.job(Job(id: "gateway-3.1", work: .summary(log: log, lead: ["city": "tel-aviv"], outcome: .served), deadlineMilliseconds: 4_500))),
            about(.jobDone(JobDone(id: "gateway-3.1", text: "סיכום", failure: nil))),
            Envelope(.artifact(Artifact(name: "greeting_he", format: .mp3, job: "gateway-3.2", milliseconds: 2_310)), business: business),
            Envelope(.artifactStored(ArtifactStored(name: "greeting_he", format: .mp3, failure: "disk full")), business: business),
            about(.tool(Tool(id: "t1", name: "find_slot", arguments: "{\"day\":\"sunday\"}")), turn: 4),
            about(.toolResult(ToolResult(id: "t1", result: "{\"slots\":[]}")), turn: 4),
            about(
                .fact(
                    Fact(
                        id: "\(call).4", at: 1_700_000_012_600,
                        body: .turn(TurnRecord(entry: log[3], recogniser: "local", dialog: "local", state: "rooms", stages: stages))))),
            Envelope(.factStored(FactStored(id: "\(call).4"))),
        ]
    }
}
