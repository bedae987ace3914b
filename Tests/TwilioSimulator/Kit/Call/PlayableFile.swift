import Audio
import AudioMP3

/// Files for `<Play>` as line audio.
package enum PlayableFile {
    private static let mp3: Set<String> = ["audio/mpeg", "audio/mp3"]
    private static let wave: Set<String> = ["audio/wav", "audio/wave", "audio/x-wav"]

    /// 0.25 s of 1 kHz.
    static let beep: [UInt8] = MuLaw.encode((0..<2000).map { [0, 8485, 12000, 8485, 0, -8485, -12000, -8485][$0 % 8] })

    /// - Throws: 11200 for a failed fetch, 12300 for a type that Twilio does not play, 13420 for damaged data.
    package static func decode(_ answer: WebAnswer, url: WebAddress) throws(TwilioNotice) -> [UInt8] {
        guard answer.status == 200 else { throw .error(11200, "\(url) was answered with \(answer.status); is the file in the public folder?") }
        let type = (answer.contentType ?? "").split(separator: ";").first?.trimmingASCIISpace().lowercased() ?? ""
        var pcm: [Int16]
        let rate: Int
        do {
            if mp3.contains(type) {
                (pcm, rate) = try MP3Decoder.file(answer.body)
            } else if type == "audio/ulaw" {
                (pcm, rate) = (MuLaw.decode(answer.body), MuLaw.sampleRate)
            } else if wave.contains(type) {
                let file = try WAV.read(answer.body)
                (pcm, rate) = (file.channel(0), file.format.sampleRate)
            } else {
                throw TwilioNotice.error(12300, "<Play> of Content-Type \"\(type)\" at \(url); use audio/mpeg")
            }
        } catch let notice as TwilioNotice {
            throw notice
        } catch {
            throw .error(13420, "the audio at \(url) cannot be decoded: \(error)")
        }
        guard !pcm.isEmpty else { throw .error(13420, "there is no audio in \(url)") }
        if rate != MuLaw.sampleRate {
            var resampler = Resampler(from: rate, to: MuLaw.sampleRate)
            pcm = resampler.process(pcm) + resampler.flush()
        }
        return MuLaw.encode(pcm)
    }
}
