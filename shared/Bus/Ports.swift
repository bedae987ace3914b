import BusContract
import CallVocabulary

/// What the hub learns from its bus.
package enum HubEvent: Sendable {
    case message(WorkerAddress, Envelope, attachment: [UInt8])
    /// A worker's subscription has arrived: from now on what is published on this topic reaches it.
    case subscribed(topic: String)
    case unsubscribed(topic: String)
    /// A message could not be routed: the worker is gone.
    case unreachable(WorkerAddress)
    /// Something arrived that is not of this contract. Counted, never fatal.
    case malformed(String)
    /// Peers that wanted in and were refused at the handshake: wrong keys, or not this protocol. One report at once, then one in ten seconds per reason.
    case refusedPeer(reason: String, count: Int)
    /// A worker has sent more than any worker should: it is cut off, and not listened to for a while.
    case flooded(WorkerAddress)
}

/// The gateway's side of the bus. May be used from any thread; never waits.
package protocol HubPort: Sendable {
    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress)
    /// Frames of one or several calls for one recogniser, on its topic.
    func publish(_ packets: [AudioPacket], to worker: WorkerAddress)
    func publish(_ event: TapEvent)
}

extension HubPort {
    package func send(_ envelope: Envelope, to worker: WorkerAddress) { send(envelope, attachment: [], to: worker) }
}

/// What a worker's link brings, in order of arrival.
package enum LinkEvent: Sendable {
    case message(Envelope, attachment: [UInt8])
    case audio([AudioPacket])
    case malformed(String)
    /// Something could not be sent: no gateway is connected, or it takes nothing. Told at most once per wake-up.
    case away
}

/// A multipart message of the control lane: header and optional attachment.
package enum ControlFrames {
    package static func encode(_ envelope: Envelope, _ attachment: [UInt8]) throws -> [[UInt8]] {
        let header = try EnvelopeCodec.encode(envelope)
        return attachment.isEmpty ? [header] : [header, attachment]
    }

    package static func decode(_ parts: some Collection<[UInt8]>) -> Result<(Envelope, [UInt8]), MalformedMessage> {
        guard let header = parts.first, parts.count <= 2 else { return .failure(MalformedMessage(reason: "\(parts.count) parts")) }
        if header.count <= EnvelopeCodec.maximumHeaderBytes, let fault = HeaderGuard.fault(header) {
            return .failure(MalformedMessage(reason: fault))
        }
        do {
            let envelope = try EnvelopeCodec.decode(header)
            return .success((envelope, parts.count == 2 ? Array(parts.dropFirst())[0] : []))
        } catch {
            // The error would quote the message, and messages hold callers' words.
            return .failure(MalformedMessage(reason: "undecodable header of \(header.count) bytes"))
        }
    }
}

package struct MalformedMessage: Error, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}
