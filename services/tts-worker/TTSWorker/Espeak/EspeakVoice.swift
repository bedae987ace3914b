import Audio
import Subprocess
import SystemPackage

/// Provider `espeak`: the program espeak-ng on this machine. No account, no network, a robot's voice.
///
/// The program is run and never linked: its licence is GPLv3. One process per sentence costs 8 ms until the
/// first bytes and 14 ms for 6 s of speech, so keeping one alive is not worth the trouble.
/// Text goes through standard input: arguments can be read by every user of the machine.
package struct EspeakVoice: Voice {
    package let name = "espeak"

    private let program: String
    private let defaultVoice: String
    private let defaultRate: Int
    private let pronounce: @Sendable (String) -> String
    private let resampler = Resampler(from: 22050, to: MuLaw.sampleRate)

    /// What the program accepts, in words per minute.
    private static let rates = 80...450
    /// Ten times the longest prompt: text beyond it is a fault upstream.
    private static let longestText = 4000
    /// Half of what a Linux pipe holds (65,536 bytes), so that writing never waits.
    private static let longestInput = 32_768

    /// - Parameters:
    ///   - program: name or path of the program.
    ///   - voice: the program's voice, with a variant if wanted (`he+f3`).
    ///   - rate: words per minute.
    ///   - pronounce: plain Hebrew to the program's input, with phonemes in double brackets.
    package init(
        program: String = "espeak-ng", voice: String = "he", rate: Int = 150,
        pronounce: @escaping @Sendable (String) -> String
    ) {
        self.program = program
        defaultVoice = voice
        defaultRate = rate
        self.pronounce = pronounce
    }

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in try await run(request, sink) }
    }

    package func warm() async throws { try await check() }

    /// Speaks one word to nobody, to see at boot that the program and its Hebrew voice are there.
    /// - Throws: ``VoiceFailure`` with the remedy.
    package func check() async throws {
        var bytes = 0
        for try await chunk in speak(VoiceRequest(text: "שלום")) { bytes += chunk.count }
        guard bytes > MuLaw.sampleRate / 10 else {
            throw VoiceFailure(
                code: .broken, message: "\(program) made no sound; reinstall the package espeak-ng-data.")
        }
    }

    private func run(_ request: VoiceRequest, _ sink: VoiceAudio.Sink) async throws {
        let voice = request.voice ?? defaultVoice
        guard Self.isVoiceName(voice), request.text.utf8.count <= Self.longestText else {
            throw VoiceFailure(
                code: .refused,
                message: "The voice must be a name such as he or he+f3 and the text at most \(Self.longestText) bytes.")
        }
        let rate = min(Self.rates.upperBound, max(Self.rates.lowerBound, request.rate ?? defaultRate))
        let resampler = resampler
        let result: ExecutionResult<Int, SequenceOutput, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program),
                // -z: without the pause of 300 ms after the sentence; pauses are the caller's affair.
                arguments: ["-v", voice, "-s", "\(rate)", "-b", "1", "-z", "--stdin", "--stdout"],
                environment: .inherit,
                input: .fileDescriptor(try Self.filledPipe(pronounce(request.text)), closeAfterSpawningProcess: true),
                output: .sequence,
                error: .string(limit: 16_384)
            ) { execution in
                var audio = EspeakAudio(resampler: resampler)
                var count = 0
                for try await buffer in execution.standardOutput {
                    let chunk = try audio.process(buffer.withUnsafeBytes { Array($0) })
                    count += chunk.count
                    try await sink.send(MuLaw.encode(chunk))
                }
                let rest = audio.finish()
                try await sink.send(MuLaw.encode(rest))
                return count + rest.count
            }
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw VoiceFailure(
                code: .unavailable,
                message: "The program \(program) is not there; install the Debian package espeak-ng.", cause: error)
        } catch let error as WAV.Failure {
            throw VoiceFailure(
                code: .broken, message: "\(program) wrote something that is not sound; check its version.", cause: error)
        }
        guard result.terminationStatus.isSuccess else {
            throw VoiceFailure(
                code: .refused,
                message: "\(program) ended with \(result.terminationStatus): \(result.standardError); "
                    + "check the voice \(voice) with: \(program) --voices=he")
        }
    }

    /// A pipe that holds all of the text and has no writer any more.
    ///
    /// Writing while the program runs is not an option: when it ends early (unknown voice), the write raises
    /// SIGPIPE, and that ends this process. Seen in about every second test run before.
    private static func filledPipe(_ text: String) throws -> FileDescriptor {
        var input = Array(text.utf8)
        guard input.count <= longestInput else {
            throw VoiceFailure(
                code: .refused, message: "The pronunciation is longer than \(longestInput) bytes; split the text.")
        }
        input.append(10)
        do {
            let pipe = try FileDescriptor.pipe(options: .closeOnExec)
            defer { try? pipe.writeEnd.close() }
            do {
                try pipe.writeEnd.writeAll(input)
            } catch {
                try? pipe.readEnd.close()
                throw error
            }
            return pipe.readEnd
        } catch {
            throw VoiceFailure(
                code: .broken, message: "No pipe for the text; raise the limit of open files.", cause: error)
        }
    }

    /// Letters, digits, plus, minus and underscore, a letter first: no option and no path.
    static func isVoiceName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) || (65...90).contains(first) else { return false }
        return name.utf8.count <= 40
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 43 || $0 == 45
                    || $0 == 95
            }
    }
}
