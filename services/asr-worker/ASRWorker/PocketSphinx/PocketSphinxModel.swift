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
    /// Measured on 416 answers and 236 other sentences of the tuning voices of the hearing table (espeak-ng, telephone band, mu-law): every limit
    /// from 18 to 30 keeps all of the answers that were recognised rightly; 18 lets 2 % of the other sentences pass, 26 lets 6 % and 30 lets 7 %.
    /// 26 leaves room for voices that fit the model less. Answers confused with others of the same grammar (1 %, most of them names) pass too:
    /// only asking back finds those.
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
        options: [Option] = [Option("-beam", "1e-80"), Option("-pbeam", "1e-80"), Option("-wbeam", "1e-60")] + Self.common,
        loopOptions: [Option] = [Option("-beam", "1e-20"), Option("-pbeam", "1e-20"), Option("-wbeam", "1e-12")] + Self.common,
        hiss: Int = 120, rejection: Rejection = Rejection(limit: 26, scale: 6)
    ) {
        self.directory = directory
        self.sampleRate = sampleRate
        self.options = options
        self.loopOptions = loopOptions
        self.hiss = hiss
        self.rejection = rejection
    }

    /// What both searches share. All senones are computed: only then are the scores of two searches comparable. Noise and silence stay in,
    /// as the transform was estimated with them.
    package static let common = [Option("-compallsen", "yes"), Option("-remove_noise", "no"), Option("-remove_silence", "no")]

    /// The mean of the cepstra of telephone-band speech, of the sentences that the transforms were estimated on. From the model's own start, which is
    /// wide-band, the first utterances cost 15 more per frame. Every utterance begins from here: what one caller
    /// sounds like must not depend on who spoke to the same decoder before.
    package static let telephoneMean: [Float] = [
        49.91, -6.95, -12.35, 4.61, -11.81, -14.66, 2.73, -17.28, -9.77, -5.55, -10.87, -3.85, -5.58,
    ]

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
