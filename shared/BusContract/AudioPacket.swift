import CallVocabulary

/// The topic lane's unit for audio: one frame of one call. Fixed layout within a version, little endian:
///
///     0  2  magic "MA"
///     2  1  version (1)
///     3  1  kind (1 = audio)
///     4  8  epoch of the call's assignment to the recogniser
///     12 4  sequence of the frame in the call
///     16 8  when the gateway published it, microseconds since 1970; audio that is replayed is published again
///     24 34 call id
///     58 2  payload length n
///     60 n  mu-law, 8 kHz
package struct AudioPacket: Sendable, Equatable {
    package static let headerBytes = 60
    package static let maximumPayloadBytes = 1600
    package var epoch: Epoch
    package var captureMicroseconds: Int64
    package var call: CallID
    package var frame: AudioFrame

    package init(epoch: Epoch, captureMicroseconds: Int64, call: CallID, frame: AudioFrame) {
        self.epoch = epoch
        self.captureMicroseconds = captureMicroseconds
        self.call = call
        self.frame = frame
    }

    package func encoded() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.headerBytes + frame.payload.count) { buffer, count in
            buffer[0] = UInt8(ascii: "M")
            buffer[1] = UInt8(ascii: "A")
            buffer[2] = 1
            buffer[3] = 1
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: epoch.rawValue.littleEndian, toByteOffset: 4, as: UInt64.self)
            raw.storeBytes(of: frame.sequence.littleEndian, toByteOffset: 12, as: UInt32.self)
            raw.storeBytes(of: captureMicroseconds.littleEndian, toByteOffset: 16, as: Int64.self)
            let id = UnsafeMutableRawBufferPointer(rebasing: raw[24..<58])
            var text = call.rawValue
            text.withUTF8 { id.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer($0).prefix(id.count))) }
            raw.storeBytes(of: UInt16(frame.payload.count).littleEndian, toByteOffset: 58, as: UInt16.self)
            frame.payload.withUnsafeBytes { payload in
                UnsafeMutableRawBufferPointer(rebasing: raw[Self.headerBytes...]).copyMemory(from: payload)
            }
            count = Self.headerBytes + frame.payload.count
        }
    }

    /// - Returns: nil for anything that is not a whole packet of this version.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerBytes, bytes[0] == UInt8(ascii: "M"), bytes[1] == UInt8(ascii: "A"), bytes[2] == 1, bytes[3] == 1 else {
            return nil
        }
        let header = bytes.withUnsafeBytes { raw in
            (
                epoch: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt64.self)),
                sequence: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 12, as: UInt32.self)),
                capture: Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 16, as: Int64.self)),
                length: UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 58, as: UInt16.self))
            )
        }
        let length = Int(header.length)
        guard length > 0, length <= Self.maximumPayloadBytes, bytes.count == Self.headerBytes + length,
            let call = CallID(String(decoding: bytes[24..<58], as: UTF8.self))
        else { return nil }
        self.init(
            epoch: Epoch(rawValue: header.epoch), captureMicroseconds: header.capture, call: call,
            frame: AudioFrame(sequence: header.sequence, payload: Array(bytes[Self.headerBytes...])))
    }
}
