import Audio
import NIOConcurrencyHelpers
import NIOCore
import NIOWebSocket
import Signing

@testable import TwilioSimulatorKit

/// The media socket of ``FakeApplication``: answers each utterance, cut by 200 ms of silence, with 200 ms of tone and a mark; or numbers with
/// numbers.
final class AgentHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let behaviour: FakeApplication.Behaviour
    private let boxes: FakeApplication.Boxes
    private var streamSid = ""
    private var isVoiced = false
    private var silentFrames = 0
    private var replies = 0
    private var utterance: [UInt8] = []

    init(behaviour: FakeApplication.Behaviour, boxes: FakeApplication.Boxes) {
        self.behaviour = behaviour
        self.boxes = boxes
    }

    func handlerAdded(context: ChannelHandlerContext) { boxes.sockets.withLockedValue { $0.append("open") } }

    func channelInactive(context: ChannelHandlerContext) {
        boxes.sockets.withLockedValue { $0.append("gone") }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if frame.opcode == .connectionClose {
            var payload = frame.unmaskedData
            let code = payload.readInteger(as: UInt16.self) ?? 1005
            boxes.sockets.withLockedValue { $0.append("close \(code)") }
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData)))
                .whenComplete { _ in channel.close(promise: nil) }
            return
        }
        if frame.opcode == .ping {
            context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
        }
        guard frame.opcode == .text else { return }
        let bytes = Array(frame.unmaskedData.readableBytesView)
        guard let json = try? JSONReader.parse(bytes), let event = json["event"]?.string else { return }
        if event != "media" { boxes.messages.withLockedValue { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        switch event {
        case "start":
            streamSid = json["streamSid"]?.string ?? ""
            started(context)
        case "media":
            guard let payload = json["media"]?["payload"]?.string, let audio = Base64.decode(payload) else { return }
            let timestamp = json["media"]?["timestamp"]?.string.flatMap { Int($0) } ?? -1
            boxes.media.withLockedValue { $0.append(.init(at: .now(), timestamp: timestamp, bytes: audio.count)) }
            if behaviour.echo { echo(audio, context) } else { heard(Audibility.first(in: audio) != nil, context) }
        case "mark":
            if !behaviour.echo, replies >= behaviour.replies { close(context) }
        default: break
        }
    }

    private func started(_ context: ChannelHandlerContext) {
        if let first = behaviour.firstMessage { send(first.replacing("STREAM", with: streamSid), context) }
        for frame in behaviour.firstFrames { context.writeAndFlush(wrapOutboundOut(frame), promise: nil) }
        if !behaviour.firstBytes.isEmpty, let encoder = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self) {
            encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: behaviour.firstBytes)), promise: nil)
        }
        if behaviour.isDeaf { context.channel.setOption(.autoRead, value: false).whenComplete { _ in } }
        if let after = behaviour.closesAfterMs {
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(after))) { self.close(context) }
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        var code = ByteBuffer()
        code.write(webSocketErrorCode: behaviour.closeCode)
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: code)), promise: nil)
    }

    private func heard(_ voiced: Bool, _ context: ChannelHandlerContext) {
        silentFrames = voiced ? 0 : silentFrames + 1
        isVoiced = isVoiced || voiced
        guard isVoiced, silentFrames == 10 else { return }
        isVoiced = false
        replies += 1
        play([UInt8](repeating: 0x90, count: 1600), mark: "reply-\(replies)", context)
    }

    private func echo(_ audio: [UInt8], _ context: ChannelHandlerContext) {
        let voiced = Audibility.first(in: audio) != nil
        utterance = voiced || isVoiced ? utterance + audio : Array((utterance + audio).suffix(800))
        silentFrames = voiced ? 0 : silentFrames + 1
        isVoiced = isVoiced || voiced
        // At the end of the utterance only: these tests share two cores with each other.
        guard isVoiced, silentFrames == 5 else { return }
        isVoiced = false
        defer { utterance.removeAll() }
        for number in ToneCode.decode(muLaw: utterance).map({ Int($0.number) }) {
            for part in [number, number + 32_768] {
                let code = MuLaw.encode(ToneCode.encode(UInt16(part)))
                play(code + [UInt8](repeating: MuLaw.silence, count: 800), mark: "\(part)", context)
            }
        }
    }

    private func play(_ audio: [UInt8], mark: String, _ context: ChannelHandlerContext) {
        send(#"{"event":"media","streamSid":"\#(streamSid)","media":{"payload":"\#(Base64.encode(audio))"}}"#, context)
        send(#"{"event":"mark","streamSid":"\#(streamSid)","mark":{"name":"\#(mark)"}}"#, context)
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))), promise: nil)
    }
}
