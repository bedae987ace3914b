import CoreMetrics
import Logging
import NIOCore
import NIOWebSocket
import TwilioWire

/// The media path of one socket: frames become messages, and the messages of one read go up as one batch.
///
/// It never waits: it reads whatever comes (Twilio discards the caller's audio when a server reads slowly, 31930) and drops what cannot be
/// written for long. One read costs one call upwards and one flush.
final class MediaSocket: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// What everything on the server's media sockets shares.
    struct Environment: Sendable {
        var desk: any CallDesk
        var limits: MediaLimits
        var counters: GatewayCounters
        var registry: ConnectionRegistry
        var logger: Logger
    }

    private enum Incoming { case nothing, text, ignored }

    private let environment: Environment
    private let remoteAddress: String
    private let isSignatureValid: Bool?
    private var context: ChannelHandlerContext?
    private var line: MediaLine?
    private var handler: (any MediaHandler)?

    private var parser: MediaMessageParser
    private var batch: [TwilioMessage] = []
    private var malformed = 0
    /// The message that is arriving, unmasked; reused, so that a frame costs no allocation.
    private var message = ByteBuffer()
    private var incoming = Incoming.nothing
    private var bytesBeforeStart = 0
    /// Runs until somebody vouches for the socket.
    private var deadline: Scheduled<Void>?

    /// Known since `start`.
    private(set) var writer: MediaMessageWriter?
    private var isClosing = false
    private var isGrouping = false
    private var needsFlush = false
    private var stalledSince: NIODeadline?
    private var stalledBytes = 0

    init(environment: Environment, remoteAddress: String, isSignatureValid: Bool?) {
        self.environment = environment
        self.remoteAddress = remoteAddress
        self.isSignatureValid = isSignatureValid
        parser = MediaMessageParser(maximumBytes: environment.limits.messageBytes)
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        message = context.channel.allocator.buffer(capacity: 1024)
        let line = MediaLine(socket: self, eventLoop: context.eventLoop, remoteAddress: remoteAddress, isSignatureValid: isSignatureValid)
        self.line = line
        environment.counters.opened.increment()
        environment.counters.handshake(isSignatureValid: isSignatureValid)
        for stranger in environment.registry.opened(line, on: context.channel, environment.limits) {
            stranger.eventLoop.execute { stranger.evict() }
        }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: environment.limits.startTimeout) {
            self.refuse(self.writer == nil ? "no_start" : "no_token", code: 1000)
        }
        handler = environment.desk.mediaOpened(line)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        guard let line else { return }
        deadline?.cancel()
        deliver()
        isClosing = true
        context = nil
        self.line = nil
        line.forget()
        handler?.closed()
        handler = nil
    }

    func markAuthenticated() {
        deadline?.cancel()
        if let context { environment.registry.authenticated(context.channel) }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        // RFC 6455 section 5: clients mask, and reserved bits need an extension, of which we offer none.
        guard let key = frame.maskKey, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return refuse("protocol", code: 1002) }
        if writer == nil {
            // With its header of at least six bytes, or empty frames would come for nothing.
            bytesBeforeStart += 6 + frame.length
            guard bytesBeforeStart <= environment.limits.bytesBeforeStart else { return refuse("flood_before_start", code: 1000) }
        }
        switch frame.opcode {
        case .text:
            guard incoming == .nothing else { return refuse("protocol", code: 1002) }
            incoming = .text
            append(frame, key)
        case .continuation:
            switch incoming {
            case .nothing: refuse("protocol", code: 1002)
            case .text: append(frame, key)
            case .ignored: if frame.fin { incoming = .nothing }
            }
        case .binary:
            guard incoming == .nothing else { return refuse("protocol", code: 1002) }
            malformed += 1
            if !frame.fin { incoming = .ignored }
        case .ping:
            // A peer that floods pings and reads nothing gets no answers piled up.
            if !isClosing, context.channel.isWritable { write(frame: WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)) }
        case .connectionClose: peerCloses(frame)
        case .pong: break
        default: refuse("protocol", code: 1002)
        }
    }

    private func append(_ frame: WebSocketFrame, _ key: WebSocketMaskingKey) {
        let data = frame.data
        guard message.readableBytes + data.readableBytes <= environment.limits.messageBytes else {
            malformed += 1
            message.clear()
            incoming = .ignored
            return refuse("too_large", code: 1009)
        }
        let count = data.readableBytes
        message.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            data.withUnsafeReadableBytes { Self.unmask($0, into: output, key) }
            return count
        }
        guard frame.fin else { return }
        incoming = .nothing
        defer { message.clear() }
        guard !isClosing else { return }
        do {
            let parsed = try message.withUnsafeReadableBytes { bytes throws(MediaMessageError) in try parser.parse(bytes) }
            if case .start(let start) = parsed, writer == nil {
                writer = MediaMessageWriter(streamSid: start.streamSid)
            } else if case .unknown = parsed {
                environment.counters.unknownEvents.increment()
            }
            batch.append(parsed)
        } catch {
            malformed += 1
            environment.logger.debug("MEDIA_MALFORMED", metadata: ["error": "\(error)", "remote": "\(remoteAddress)"])
        }
    }

    /// Eight bytes at a time; the key repeats every four.
    private static func unmask(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ key: WebSocketMaskingKey) {
        var word: UInt64 = 0
        for index in 0..<8 { word |= UInt64(key[index & 3]) << UInt64(8 * index) }
        word = UInt64(littleEndian: word)
        var index = 0
        while index + 8 <= input.count {
            output.storeBytes(of: input.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ word, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < input.count {
            output[index] = input[index] ^ key[index & 3]
            index += 1
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver()
        context.fireChannelReadComplete()
    }

    private func deliver() {
        grouped {
            guard !batch.isEmpty || malformed > 0 else { return }
            if malformed > 0 { environment.counters.malformed.increment(by: malformed) }
            let count = malformed
            malformed = 0
            handler?.received(batch, malformed: count)
            batch.removeAll(keepingCapacity: true)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            malformed += 1
            deliver()
            refuse("too_large", code: 1009)
        case is NIOWebSocketError: refuse("protocol", code: 1002)
        // What still comes after such an error. Closing now would reset the connection and lose our goodbye; the close timeout ends it.
        case is ByteToMessageDecoderError where isClosing: break
        default: context.close(promise: nil)
        }
    }

    // MARK: Sending

    /// - Returns: whether it was handed to the socket.
    func send(mayDrop: Bool, _ message: () -> [UInt8]) -> Bool {
        guard let context, !isClosing else { return false }
        if context.channel.isWritable {
            stalledSince = nil
        } else {
            let now = NIODeadline.now()
            if stalledSince == nil {
                stalledSince = now
                stalledBytes = 0
            }
            let isLong = stalledSince.map { now - $0 > environment.limits.stallTimeout } ?? false
            if mayDrop ? isLong || stalledBytes > environment.limits.stallBytes : stalledBytes > 2 * environment.limits.stallBytes {
                environment.counters.dropped.increment()
                return false
            }
        }
        let bytes = message()
        if stalledSince != nil { stalledBytes += bytes.count }
        // Room in front lets the encoder put the frame's header into the same buffer.
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 16)
        buffer.moveWriterIndex(to: 16)
        buffer.moveReaderIndex(to: 16)
        buffer.writeBytes(bytes)
        write(frame: WebSocketFrame(fin: true, opcode: .text, data: buffer))
        return true
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalledSince = context.channel.isWritable ? nil : .now()
        stalledBytes = 0
        context.fireChannelWritabilityChanged()
    }

    private func write(frame: WebSocketFrame) {
        guard let context else { return }
        context.write(wrapOutboundOut(frame), promise: nil)
        if isGrouping { needsFlush = true } else { context.flush() }
    }

    func grouped(_ body: () -> Void) {
        guard !isGrouping else { return body() }
        isGrouping = true
        body()
        isGrouping = false
        if needsFlush {
            needsFlush = false
            context?.flush()
        }
    }

    // MARK: Closing

    private func refuse(_ reason: String, code: UInt16) {
        guard !isClosing else { return }
        environment.counters.mediaRefused(reason: reason)
        environment.logger.warning("media socket closed by us", metadata: ["reason": "\(reason)", "remote": "\(remoteAddress)"])
        close(code: code)
    }

    func close(code: UInt16) {
        guard let context, !isClosing else { return }
        deadline?.cancel()
        sendClose(code, context)
        isClosing = true
        context.eventLoop.assumeIsolated().scheduleTask(in: environment.limits.closeTimeout) { context.close(promise: nil) }
    }

    func evict() {
        refuse("too_many", code: 1000)
        context?.close(promise: nil)
    }

    private func peerCloses(_ frame: WebSocketFrame) {
        guard let context else { return }
        guard !isClosing else { return context.close(promise: nil) }
        var data = frame.unmaskedData
        let isEmpty = data.readableBytes == 0
        let code = data.readInteger(as: UInt16.self)
        // RFC 6455 section 7.4: what may not stand in a close frame is not sent back in one.
        let isLegal = code.map { (1000...1003).contains($0) || (1007...1014).contains($0) || (3000...4999).contains($0) } ?? isEmpty
        sendClose(isLegal ? code : 1002, context)
        isClosing = true
        context.close(promise: nil)
    }

    private func sendClose(_ code: UInt16?, _ context: ChannelHandlerContext) {
        var data = context.channel.allocator.buffer(capacity: 2)
        if let code { data.writeInteger(code) }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
    }
}
