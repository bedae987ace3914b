import CLame

/// Decodes MP3 to 16-bit samples, in pieces as they arrive; of two channels the first.
///
/// One decoder reads one file and is used by one thread at a time. The encoder's and the decoder's delay
/// (about 1100 samples together) is left in the audio.
package final class MP3Decoder {
    /// Sample rate, in Hz, once a frame header has been read.
    package private(set) var sampleRate: Int?

    private let decoder: hip_t
    private var left = [Int16](repeating: 0, count: MP3Decoder.largestFrame)
    private var right = [Int16](repeating: 0, count: MP3Decoder.largestFrame)
    /// Samples of an MPEG-1 layer III frame, the longest there is.
    private static let largestFrame = 1152

    /// - Throws: ``MP3Failure`` if there is no memory.
    package init() throws {
        guard let decoder = LameTables.filled({ hip_decode_init() }) else {
            throw MP3Failure(code: .settings, message: "The MP3 decoder found no memory; free some.")
        }
        // Without these the library prints to standard error.
        hip_set_errorf(decoder, nil)
        hip_set_debugf(decoder, nil)
        hip_set_msgf(decoder, nil)
        self.decoder = decoder
    }

    deinit { hip_decode_exit(decoder) }

    /// Takes bytes in and returns the samples that are complete.
    /// - Throws: ``MP3Failure`` if the data is not MP3.
    package func decode(_ bytes: [UInt8]) throws -> [Int16] {
        guard !bytes.isEmpty else { return [] }
        var pcm: [Int16] = []
        var input = bytes
        var count = input.count
        var header = mp3data_struct()
        var empty = 0
        // The first call after new input may read only a frame's header and report 0 samples although the frame
        // is there; two zeros in a row mean that more input is needed.
        while empty < 2 {
            let decoded = LameTables.alone { hip_decode1_headers(decoder, &input, count, &left, &right, &header) }
            guard decoded >= 0 else {
                throw MP3Failure(code: .damaged, message: "The data is not MP3 or is damaged; fetch it again.")
            }
            if header.header_parsed == 1, sampleRate == nil { sampleRate = Int(header.samplerate) }
            // The library has kept the input; later rounds of the loop only ask for more frames.
            count = 0
            empty = decoded == 0 ? empty + 1 : 0
            pcm.append(contentsOf: left.prefix(Int(decoded)))
        }
        return pcm
    }

    /// Decodes a whole file.
    /// - Throws: ``MP3Failure`` if the data is not MP3.
    package static func file(_ bytes: [UInt8]) throws -> (pcm: [Int16], sampleRate: Int) {
        let decoder = try MP3Decoder()
        let pcm = try decoder.decode(bytes)
        guard let sampleRate = decoder.sampleRate, !pcm.isEmpty else {
            throw MP3Failure(code: .damaged, message: "The data holds no MP3 frame; check what was fetched.")
        }
        return (pcm, sampleRate)
    }
}
