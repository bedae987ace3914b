import ArgumentParser
import Audio
import Bus
import BusContract
import CallEngine
import CallVocabulary
import Gateway
import Glibc
import Logging
import NIOCore
import NIOPosix
import Signing
import Synchronization
import TwilioWire

/// Our own code for one frame, without sockets: the message is parsed, the call hears it, and it is published to a bus that encodes it and
/// sends it nowhere. `deploy/scripts/callgrind.sh` counts the instructions.
///
/// A program of its own, with one thread: callgrind does not survive the end of a process that has an asynchronous `main`.
@main
struct FrameProbe: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "frame-probe", abstract: "Our own code for one inbound frame, without sockets.")

    @Option(help: "Frames: the noise of a quiet line.")
    var frames = 100_000

    func run() throws {
        let frames = frames
        // The thread becomes the loop, and stops being it in the end.
        MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
            loop.execute {
                do {
                    let (microseconds, published) = try Self.run(frames: frames, loop: loop)
                    print("\(frames) frames: \(microseconds / Double(max(1, frames))) µs each, \(published) published")
                } catch {
                    print("failed: \(error)")
                }
                loop.shutdownGracefully { _ in }
            }
        }
    }

    /// On the call's loop, as in life.
    private static func run(frames: Int, loop: any EventLoop) throws -> (microseconds: Double, published: Int) {
        var logger = Logger(label: "bench")
        logger.logLevel = .critical
        let hub = NullHub()
        let fleet = Fleet(
            hub: hub, boot: 1, logger: logger, now: { monotonicMicroseconds() / 1_000 }, courier: FactCourier(logger: logger),
            artifacts: { _, _, _, _ in })
        for pool in [Pool.asr, .dialog, .tts] {
            guard let worker = WorkerAddress(pool: pool, name: "bench-\(pool.rawValue)", nonce: "1") else { continue }
            let hello = Hello(pool: pool, name: worker.name, nonce: worker.nonce, load: Load(affinity: 1, active: 0))
            fleet.receive([.subscribed(topic: Topics.audio(worker)), .message(worker, Envelope(.hello(hello)), attachment: [])])
        }
        guard let call = CallID("CA" + String(repeating: "0", count: 31) + "1") else { throw ExitCode.failure }
        let opening = CallOpening(
            call: call, business: BusinessID("bench"), caller: nil, called: "+97235550100", startedUnixMilliseconds: 0, greeting: "שלום",
            policy: CallPolicy(), clips: [:])
        let services = CallServices(
            logger: logger, logTranscripts: false, trace: nil, unixMicroseconds: { monotonicMicroseconds() }, remember: { _ in },
            finished: { _, _ in })
        let runner = CallRunner(opening: opening, loop: loop, fleet: fleet, services: services) { _, _ in }
        let line = NullLine()
        runner.open(line, streamSID: "MZ1")
        // Otherwise told in a later turn of this loop.
        for (counter, pool) in [Pool.dialog, .asr, .tts].enumerated() {
            runner.feed(.assigned(pool, Epoch(boot: 1, counter: UInt32(counter + 1))))
        }
        // The greeting has been played: the opening needs no sentence, and the call listens.
        let done = ReplyDone(pieces: 0, lead: [:], ending: nil, state: "bench", provider: "bench")
        runner.feed(.bus(.dialog, Envelope(.replyDone(done), turn: TurnID(0), epoch: Epoch(boot: 1, counter: 1)), attachment: []))
        guard runner.isListening else { throw ExitCode.failure }
        // One second of messages, as a socket would have read them, made before the clock starts.
        var noise = SystemRandomNumberGenerator()
        let messages = (0..<50).map { number -> [UInt8] in
            let payload = MuLaw.encode((0..<MuLaw.frameSamples).map { _ in Int16.random(in: -40...40, using: &noise) })
            return Array(
                (#"{"event":"media","sequenceNumber":"\#(number + 1_000)","media":{"track":"inbound","chunk":"\#(number + 1_000)","#
                    + #""timestamp":"\#(number * 20)","payload":"\#(Base64.encode(payload))"},"streamSid":"MZ00000000000000000000000000000001"}"#)
                    .utf8)
        }
        var parser = MediaMessageParser()
        let begin = monotonicMicroseconds()
        for number in 0..<frames {
            if case .media(let media) = try parser.parse(messages[number % messages.count]) { runner.feed(.voice(media.payload), from: line) }
        }
        let took = Double(monotonicMicroseconds() - begin)
        runner.feed(.lineStopped)
        return (took, hub.published)
    }
}

extension FrameProbe {
    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// Encodes what is published, and drops it.
private final class NullHub: HubPort {
    private let count = Atomic<Int>(0)
    var published: Int { count.load(ordering: .relaxed) }

    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {}
    func publish(_ event: TapEvent) {}
    func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        for packet in packets where packet.encoded().count > AudioPacket.headerBytes { count.wrappingAdd(1, ordering: .relaxed) }
    }
}

private final class NullLine: Line {
    func play(_ mulaw: [UInt8]) {}
    func mark(_ name: String) {}
    func clear() {}
    func grouped(_ body: () -> Void) { body() }
    func close() {}
}
