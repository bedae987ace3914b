/// G.711 mu-law companding and the frame of the telephone line.
///
/// Source: ITU-T G.711 (1988), tables 2a and 2b. A code byte is the complement of
/// sign (1 bit), segment (3 bits) and step (4 bits).
package enum MuLaw {
    /// Samples per second on the line.
    package static let sampleRate = 8000
    /// Duration of one frame, in milliseconds.
    package static let frameMilliseconds = 20
    /// Samples (and mu-law bytes) in one frame.
    package static let frameSamples = 160
    /// The code of positive zero: what an idle line carries.
    package static let silence: UInt8 = 0xFF
    /// One frame of silence.
    package static let silentFrame = [UInt8](repeating: silence, count: frameSamples)

    /// The decoded value of each code byte, on a 16-bit scale (largest magnitude 32124).
    package static let decodeTable: [Int16] = (0...255).map { code in
        let bits = ~UInt8(code)
        let segment = Int32(bits >> 4) & 7
        let step = Int32(bits & 0x0F)
        let magnitude = ((step << 3) + bias) << segment - bias
        return Int16(bits & 0x80 != 0 ? -magnitude : magnitude)
    }

    /// 33 of G.711's 14-bit scale, on the 16-bit scale.
    private static let bias: Int32 = 132
    /// The largest magnitude that still has a code, before the bias is added.
    private static let clip: Int32 = 32635

    /// The code of one sample. Computed and not looked up: a table for all samples takes 64 KiB of
    /// first-level cache from everything else that runs on the core.
    @inline(__always)
    package static func encode(_ sample: Int16) -> UInt8 {
        let wide = Int32(sample)
        let sign: Int32 = wide < 0 ? 0x80 : 0
        let biased = min(wide < 0 ? -wide : wide, clip) + bias
        // biased is 132...32767, so its highest bit is bit 7 (segment 0) to bit 14 (segment 7).
        let segment = Int32(24 - biased.leadingZeroBitCount)
        let step = (biased >> (segment + 3)) & 0x0F
        return ~UInt8(truncatingIfNeeded: sign | segment << 4 | step)
    }

    /// The sample of one code.
    @inline(__always)
    package static func decode(_ code: UInt8) -> Int16 { decodeTable[Int(code)] }

    /// Encodes samples.
    package static func encode(_ pcm: UnsafeBufferPointer<Int16>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: pcm.count) { out, count in
            for index in 0..<pcm.count { out[index] = encode(pcm[index]) }
            count = pcm.count
        }
    }

    /// Encodes samples.
    package static func encode(_ pcm: [Int16]) -> [UInt8] {
        pcm.withUnsafeBufferPointer { encode($0) }
    }

    /// Encodes samples.
    package static func encode(_ pcm: ArraySlice<Int16>) -> [UInt8] {
        pcm.withUnsafeBufferPointer { encode($0) }
    }

    /// Decodes code bytes.
    package static func decode(_ codes: UnsafeBufferPointer<UInt8>) -> [Int16] {
        decodeTable.withUnsafeBufferPointer { table in
            [Int16](unsafeUninitializedCapacity: codes.count) { out, count in
                for index in 0..<codes.count { out[index] = table[Int(codes[index])] }
                count = codes.count
            }
        }
    }

    /// Decodes code bytes.
    package static func decode(_ codes: [UInt8]) -> [Int16] {
        codes.withUnsafeBufferPointer { decode($0) }
    }

    /// Decodes code bytes.
    package static func decode(_ codes: ArraySlice<UInt8>) -> [Int16] {
        codes.withUnsafeBufferPointer { decode($0) }
    }

    /// The duration of mu-law audio, in milliseconds, rounded down.
    package static func milliseconds(ofBytes count: Int) -> Int { count * 1000 / sampleRate }
}
