import Glibc

/// Where the acoustic model lies and how it is used: what the tuning found.
package struct PocketSphinxModel: Sendable, Equatable {
    /// Folder with the files of the model.
    package var directory: String
    /// Rate of the audio given to the library, in Hz: 8000 as it comes, or 16000 resampled.
    package var sampleRate: Int
    /// Options of the library beyond the model's own (`-beam` and others), in order.
    package var options: [Option]
    /// The same for the search with free phones. Narrow beams: 3.1 % of a core instead of 5.6 %, and they tell right
    /// from wrong as well.
    package var loopOptions: [Option]
    /// Peak-to-peak amplitude of the noise that is added to line audio: digital silence has no spectrum and
    /// drags the means of the cepstra away.
    package var hiss: Int
    /// Decode the whole utterance once more at its end, with the means of its cepstra known: 67 % of 207 answers right
    /// instead of 63 %, for 23 ms (41 phrases) to 43 ms (289) of CPU after an answer of 2 s.
    package var secondPass: Bool
    /// How a hypothesis is told from noise and from other words.
    package var rejection: Rejection

    /// An option and its value.
    package struct Option: Sendable, Equatable {
        package var name: String
        package var value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A hypothesis costs more than the freest sequence of phones does. How much more, per frame of speech (10 ms)
    /// and in the library's units, tells whether the grammar explains what was said.
    ///
    /// Measured on 138 answers and 30 other sentences of a speech program, telephone band and mu-law: the cost is
    /// 9 (median) for answers recognised rightly and 65 for other sentences; 20 keeps 90 % of the former
    /// and lets 10 % of the latter pass (area under the curve 0.95). Answers confused with others of the same
    /// grammar pass too (59 %): only asking back finds those.
    package struct Rejection: Sendable, Equatable {
        /// The cost at which an utterance is as likely understood as not.
        package var limit: Double
        /// The change of cost that takes the confidence from 0.5 to 0.73.
        package var scale: Double
        package init(limit: Double, scale: Double) {
            self.limit = limit
            self.scale = scale
        }
    }

    package init(
        directory: String = Self.standardDirectory, sampleRate: Int = 16000,
        options: [Option] = [Option("-beam", "1e-80"), Option("-pbeam", "1e-80"), Option("-wbeam", "1e-60")],
        loopOptions: [Option] = [Option("-beam", "1e-20"), Option("-pbeam", "1e-20"), Option("-wbeam", "1e-12")],
        hiss: Int = 120, secondPass: Bool = true, rejection: Rejection = Rejection(limit: 20, scale: 6)
    ) {
        self.directory = directory
        self.sampleRate = sampleRate
        self.options = options
        self.loopOptions = loopOptions
        self.hiss = hiss
        self.secondPass = secondPass
        self.rejection = rejection
    }

    /// Where Debian's package pocketsphinx-en-us puts the model.
    package static let standardDirectory = "/usr/share/pocketsphinx/model/en-us/en-us"

    /// Looks for the files.
    /// - Throws: ``PocketSphinxFailure`` that names the first missing one.
    package func check() throws {
        for file in ["mdef", "feat.params", "means", "variances", "sendump", "transition_matrices", "noisedict"] {
            let path = directory + "/" + file
            guard access(path, R_OK) == 0 else {
                throw PocketSphinxFailure(
                    code: .modelMissing,
                    message: "\(path) cannot be read; install the Debian package pocketsphinx-en-us "
                        + "or name the model's folder in the configuration.")
            }
        }
    }
}

/// What went wrong in the recogniser.
package struct PocketSphinxFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended; more may come.
    package struct Code: Sendable, Equatable {
        package let name: String
        /// The acoustic model is not there.
        package static let modelMissing = Code(name: "pocketsphinx.model_missing")
        /// The library refused its settings or model.
        package static let initialisation = Code(name: "pocketsphinx.init")
        /// A pronunciation has a phone that the model does not know.
        package static let pronunciation = Code(name: "pocketsphinx.pronunciation")
        /// A grammar uses a word without pronunciation, or is empty.
        package static let grammar = Code(name: "pocketsphinx.grammar")
        /// The library failed while it decoded.
        package static let decoding = Code(name: "pocketsphinx.decoding")
    }
    package let code: Code
    /// What was seen, and the remedy.
    package let message: String
    package var description: String { "\(code.name): \(message)" }
}
