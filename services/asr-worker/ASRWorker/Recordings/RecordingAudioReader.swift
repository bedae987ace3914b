import Audio

/// Makes line audio of a recording: any rate, one or two channels, 16-bit or mu-law WAV. Twilio's are 8 kHz, 16 bits, mono.
package enum RecordingAudioReader {
    package struct Limits: Sendable {
        package var bytes: Int
        package var seconds: Int
        package init(bytes: Int = 32_000_000, seconds: Int = 600) {
            self.bytes = bytes
            self.seconds = seconds
        }
    }

    /// Why nothing can be heard: one sentence.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    private static let rate = 8_000

    /// - Throws: ``Failure``.
    package static func read(_ bytes: [UInt8], limits: Limits = Limits()) throws(Failure) -> [Int16] {
        guard !bytes.isEmpty else { throw Failure("the recording is empty: no attachment came with the job") }
        guard bytes.count <= limits.bytes else {
            throw Failure("the recording has \(bytes.count) bytes; \(limits.bytes) are the most that is transcribed")
        }
        let file: WAV.File
        do {
            file = try WAV.read(bytes)
        } catch {
            throw Failure("the recording is no readable WAV file: \((error as? WAV.Failure)?.message ?? "\(error)")")
        }
        let format = file.format
        let frames = file.samples.count / format.channels
        guard frames > 0 else { throw Failure("the recording is empty: its WAV file holds no audio") }
        guard frames <= limits.seconds * format.sampleRate else {
            throw Failure(
                "the recording lasts \(frames / format.sampleRate) s; \(limits.seconds) s are the most that is transcribed")
        }
        return resample(mono(file), from: format.sampleRate)
    }

    /// Both sides of a call recorded in two channels are heard in one.
    private static func mono(_ file: WAV.File) -> [Int16] {
        guard file.format.channels == 2 else { return file.samples }
        return stride(from: 0, to: file.samples.count - 1, by: 2).map { index in
            Int16(clamping: Int(file.samples[index]) + Int(file.samples[index + 1]))
        }
    }

    private static func resample(_ pcm: [Int16], from rate: Int) -> [Int16] {
        guard rate != Self.rate else { return pcm }
        var resampler = Resampler(from: rate, to: Self.rate)
        return resampler.process(pcm) + resampler.flush()
    }
}
