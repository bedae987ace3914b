import CallVocabulary
import Foundation

extension Envelope: Codable {
    private enum Key: String, CodingKey {
        case version = "v"
        case sequence = "n"
        case kind, business, conversation, turn, epoch, body
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(version, forKey: .version)
        try container.encode(message.kind, forKey: .kind)
        try container.encodeIfPresent(business, forKey: .business)
        try container.encodeIfPresent(conversation, forKey: .conversation)
        try container.encodeIfPresent(turn, forKey: .turn)
        try container.encodeIfPresent(epoch, forKey: .epoch)
        try container.encodeIfPresent(sequence, forKey: .sequence)
        switch message {
        case .hello(let body): try container.encode(body, forKey: .body)
        case .welcome(let body): try container.encode(body, forKey: .body)
        case .refused(let body): try container.encode(body, forKey: .body)
        case .heartbeat(let body): try container.encode(body, forKey: .body)
        case .assign(let body): try container.encode(body, forKey: .body)
        case .expectations(let body): try container.encode(body, forKey: .body)
        case .listen(let body): try container.encode(body, forKey: .body)
        case .resend(let body): try container.encode(body, forKey: .body)
        case .transcript(let body): try container.encode(body, forKey: .body)
        case .turn(let body): try container.encode(body, forKey: .body)
        case .reply(let body): try container.encode(body, forKey: .body)
        case .replyDone(let body): try container.encode(body, forKey: .body)
        case .speak(let body): try container.encode(body, forKey: .body)
        case .speech(let body): try container.encode(body, forKey: .body)
        case .credit(let body): try container.encode(body, forKey: .body)
        case .cancel(let body): try container.encode(body, forKey: .body)
        case .updateCall(let body): try container.encode(body, forKey: .body)
        case .endLease(let body): try container.encode(body, forKey: .body)
        case .callUpdated(let body): try container.encode(body, forKey: .body)
        case .job(let body): try container.encode(body, forKey: .body)
        case .jobDone(let body): try container.encode(body, forKey: .body)
        case .artifact(let body): try container.encode(body, forKey: .body)
        case .artifactStored(let body): try container.encode(body, forKey: .body)
        case .tool(let body): try container.encode(body, forKey: .body)
        case .toolResult(let body): try container.encode(body, forKey: .body)
        case .fact(let body): try container.encode(body, forKey: .body)
        case .factStored(let body): try container.encode(body, forKey: .body)
        case .goodbye, .release, .revoke, .unknown: break
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func body<Body: Decodable>(_ type: Body.Type = Body.self) throws -> Body { try container.decode(Body.self, forKey: .body) }
        let kind = try container.decode(String.self, forKey: .kind)
        let message: BusMessage =
            switch kind {
            case "hello": .hello(try body())
            case "welcome": .welcome(try body())
            case "refused": .refused(try body())
            case "heartbeat": .heartbeat(try body())
            case "goodbye": .goodbye
            case "assign": .assign(try body())
            case "release": .release
            case "revoke": .revoke
            case "expectations": .expectations(try body())
            case "listen": .listen(try body())
            case "resend": .resend(try body())
            case "transcript": .transcript(try body())
            case "turn": .turn(try body())
            case "reply": .reply(try body())
            case "reply_done": .replyDone(try body())
            case "speak": .speak(try body())
            case "speech": .speech(try body())
            case "credit": .credit(try body())
            case "cancel": .cancel(try body())
            case "update_call": .updateCall(try body())
            case "end_lease": .endLease(try body())
            case "call_updated": .callUpdated(try body())
            case "job": .job(try body())
            case "job_done": .jobDone(try body())
            case "artifact": .artifact(try body())
            case "artifact_stored": .artifactStored(try body())
            case "tool": .tool(try body())
            case "tool_result": .toolResult(try body())
            case "fact": .fact(try body())
            case "fact_stored": .factStored(try body())
            default: .unknown(kind)
            }
        self.init(
            message,
            business: try container.decodeIfPresent(BusinessID.self, forKey: .business),
            conversation: try container.decodeIfPresent(ConversationID.self, forKey: .conversation),
            turn: try container.decodeIfPresent(TurnID.self, forKey: .turn),
            epoch: try container.decodeIfPresent(Epoch.self, forKey: .epoch),
            sequence: try container.decodeIfPresent(UInt64.self, forKey: .sequence),
            version: try container.decode(Int.self, forKey: .version))
    }
}

/// JSON bytes of an envelope. Encoders are not shared: they are cheap beside the encoding, and not Sendable.
package enum EnvelopeCodec {
    /// A header larger than this is hostile or broken: the longest real one is a turn log of a two-hour call.
    package static let maximumHeaderBytes = 1 << 20

    package static func encode(_ envelope: Envelope) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(envelope))
    }

    package static func decode(_ bytes: [UInt8]) throws -> Envelope {
        guard bytes.count <= maximumHeaderBytes else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "header of \(bytes.count) bytes"))
        }
        return try JSONDecoder().decode(Envelope.self, from: Data(bytes))
    }
}
