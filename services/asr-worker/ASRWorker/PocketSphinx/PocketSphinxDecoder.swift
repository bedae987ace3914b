import Audio
import CPocketSphinx
import Glibc

/// Recognises utterances against closed grammars of Hebrew phrases.
///
/// A wrapper around two `ps_decoder_t`: one holds the grammars, the other hears free phones at the same time, so that
/// a hypothesis can be judged at the end without another pass over the sound. The library is not thread-safe and
/// decoding takes milliseconds: make, use and drop a decoder on one decoding thread. The class is not Sendable, so the compiler holds everyone to it.
///
/// Hebrew words get ASCII names inside (`w12`), because the library's grammar parser knows no others.
package final class PocketSphinxDecoder {
    /// The outcome of an utterance.
    package struct Hypothesis: Sendable, Equatable {
        /// The phrase of the grammar that fits best; empty if none does.
        package var text: String
        /// 0...1; 0.5 is the limit of ``understood``.
        package var confidence: Double
        /// The phrase explains the sound about as well as free phones do.
        package var understood: Bool
        /// Frames of 10 ms that belong to words; silence is left out.
        package var frames: Int
        /// What the phrase costs more than free phones, see ``PocketSphinxModel/Rejection``; nil if there is none.
        package var cost: Double?

        package init(text: String, confidence: Double, understood: Bool, frames: Int, cost: Double? = nil) {
            self.text = text
            self.confidence = confidence
            self.understood = understood
            self.frames = frames
            self.cost = cost
        }

        /// Nothing was recognised.
        package static func nothing(frames: Int) -> Hypothesis {
            Hypothesis(text: "", confidence: 0, understood: false, frames: frames)
        }
    }

    /// Longer utterances are recognised by their first 30 s: an answer is not longer, and memory is bounded.
    package static let longestUtterance = 30 * MuLaw.sampleRate

    private let model: PocketSphinxModel
    private let adaptation: AdaptedModel?
    private let engine: Engine
    private let loop: Engine
    private var decoder: OpaquePointer { engine.decoder }
    private var words: [String: Int] = [:]
    private var names: [String] = []
    private var grammars: [String: [String]] = [:]
    private var current: String?
    private var isListening = false
    private var samples = 0
    /// The utterance at the model's rate, for the pass at its end.
    private var heard: [Int16] = []
    private var resampler: Resampler
    private var hiss: Hiss

    /// Loads the model and the words. Measured with 900 words: 24 ms of CPU and 14.5 MB; a grammar of 41 phrases 0.5 ms, one of 289
    /// 4 ms; a word at run time 20 µs. While someone speaks some 12 % of a core: 5 for the grammar, 7 for the phone loop.
    /// - Parameters:
    ///   - model: the model and its tuning.
    ///   - adaptation: the adapted Gaussians; nil leaves the model as Debian ships it.
    ///   - lexicon: pronunciations of each word, as phones, the likeliest first.
    /// - Throws: ``PocketSphinxFailure``.
    package init(model: PocketSphinxModel, adaptation: AdaptedModel?, lexicon: [String: [[String]]]) throws {
        try model.check()
        self.model = model
        self.adaptation = adaptation
        engine = try Engine(model, options: model.options, adaptation: adaptation)
        loop = try Engine(model, options: model.loopOptions, adaptation: adaptation)
        resampler = Resampler(from: MuLaw.sampleRate, to: model.sampleRate)
        hiss = Hiss(width: model.hiss)
        for phone in RecogniserLexicon.phones where ps_add_word(loop.decoder, phone, phone, 0) < 0 {
            throw PocketSphinxFailure(
                code: .initialisation, message: "The model has no phone \(phone); use the English model.")
        }
        let free = RecogniserLexicon.phones.joined(separator: " | ")
        guard
            ps_set_jsgf_string(loop.decoder, "loop", "#JSGF V1.0;\ngrammar l;\npublic <l> = (\(free))+;\n") == 0,
            ps_set_search(loop.decoder, "loop") == 0
        else {
            throw PocketSphinxFailure(
                code: .initialisation, message: "The library refused the phone loop; use pocketsphinx 5prealpha.")
        }
        try addWords(lexicon)
    }

    /// Adds words at run time. Pronunciations of a word that is known are left as they are.
    /// - Throws: ``PocketSphinxFailure`` for a phone that the model does not have.
    package func addWords(_ lexicon: [String: [[String]]]) throws {
        // Sorted, because a dictionary's order changes from run to run and the words' numbers with it.
        for (word, pronunciations) in lexicon.sorted(by: { $0.key < $1.key }) where words[word] == nil {
            let name = "w\(names.count)"
            for (index, phones) in pronunciations.enumerated() {
                let pronunciation = phones.joined(separator: " ")
                // The library's own notation for alternatives.
                let entry = index == 0 ? name : "\(name)(\(index + 1))"
                // 0: no update of the active search; the grammar that uses the word is set later.
                guard ps_add_word(decoder, entry, pronunciation, 0) >= 0 else {
                    throw PocketSphinxFailure(
                        code: .pronunciation,
                        message: "The pronunciation \"\(pronunciation)\" has an unknown phone; write it in CMU phones.")
                }
            }
            guard !pronunciations.isEmpty else { continue }
            words[word] = names.count
            names.append(word)
        }
    }

    /// Adds the words of the phrases that are not known yet.
    /// - Parameter pronounce: pronunciations of a word, as phones, the likeliest first; empty if there is none.
    /// - Throws: ``PocketSphinxFailure`` for a phone that the model does not have.
    package func addWords(of phrases: [String], pronounce: (String) -> [[String]]) throws {
        let unknown = unknownWords(in: phrases)
        try addWords(Dictionary(uniqueKeysWithValues: unknown.map { ($0, pronounce($0)) }))
    }

    /// The words of the phrases that have no pronunciation yet.
    package func unknownWords(in phrases: [String]) -> [String] {
        var unknown: [String] = []
        for phrase in phrases {
            for word in phrase.split(separator: " ") where words[String(word)] == nil && !unknown.contains(String(word)) {
                unknown.append(String(word))
            }
        }
        return unknown
    }

    /// Defines the grammar `name` unless it is defined with these phrases, and selects it for the next utterance.
    /// - Throws: ``PocketSphinxFailure`` for no phrases or a word without pronunciation.
    package func select(grammar name: String, phrases: [String]) throws {
        try endUtterance()
        if grammars[name] != phrases {
            try define(name, phrases)
            grammars[name] = phrases
        }
        current = name
    }

    private func define(_ name: String, _ phrases: [String]) throws {
        guard !phrases.isEmpty else {
            throw PocketSphinxFailure(
                code: .grammar, message: "The grammar \(name) has no phrases; give it some.")
        }
        let alternatives = try phrases.map { phrase in
            let ids = try phrase.split(separator: " ").map { word in
                guard let id = words[String(word)] else {
                    throw PocketSphinxFailure(
                        code: .grammar, message: "A word of the grammar \(name) has no pronunciation; add it first.")
                }
                return "w\(id)"
            }
            guard !ids.isEmpty else {
                throw PocketSphinxFailure(code: .grammar, message: "The grammar \(name) has an empty phrase; remove it.")
            }
            return ids.joined(separator: " ")
        }
        let text = "#JSGF V1.0;\ngrammar g;\npublic <g> = " + alternatives.joined(separator: " | ") + ";\n"
        guard ps_set_jsgf_string(decoder, name, text) == 0 else {
            throw PocketSphinxFailure(
                code: .grammar, message: "The library refused the grammar \(name) of \(phrases.count) phrases; shorten it.")
        }
    }

    /// Begins an utterance; one that runs is thrown away.
    /// - Throws: ``PocketSphinxFailure`` if no grammar is selected.
    package func start() throws {
        try endUtterance()
        guard let current else {
            throw PocketSphinxFailure(code: .grammar, message: "No grammar is selected; select one before start.")
        }
        samples = 0
        heard.removeAll(keepingCapacity: true)
        hiss.restart()
        // Also forgets what an utterance that was thrown away left behind.
        _ = resampler.flush()
        for decoder in [decoder, loop.decoder] { cpocketsphinx_set_cepstral_mean(decoder, PocketSphinxModel.telephoneMean) }
        guard ps_set_search(decoder, current) == 0, ps_start_utt(decoder) == 0, ps_start_utt(loop.decoder) == 0 else { throw Self.failed("start") }
        isListening = true
    }

    /// Decodes a piece of line audio, usually one frame of 20 ms.
    /// - Throws: ``PocketSphinxFailure`` if no utterance runs or the library fails.
    package func process(pcm8k: [Int16]) throws {
        guard isListening else {
            throw PocketSphinxFailure(code: .decoding, message: "No utterance runs; call start first.")
        }
        let room = Self.longestUtterance - samples
        guard room > 0 else { return }
        let piece = Array(pcm8k.prefix(room))
        samples += piece.count
        try hear(resampler.process(piece))
    }

    /// The best phrase so far, or its beginning; nil before any.
    package func partial() -> String? {
        guard isListening, let found = ps_get_hyp(decoder, nil) else { return nil }
        let text = phrase(String(cString: found))
        return text.isEmpty ? nil : text
    }

    /// Ends the utterance and judges it.
    /// - Throws: ``PocketSphinxFailure`` if no utterance runs or the library fails.
    package func finish() throws -> Hypothesis {
        guard isListening else {
            throw PocketSphinxFailure(code: .decoding, message: "No utterance runs; call start first.")
        }
        try hear(resampler.flush())
        try endUtterance()
        // Without audio the library reports a frame all the same.
        guard samples > 0 else { return .nothing(frames: 0) }
        try decodeWhole()
        var score: Int32 = 0
        guard let found = ps_get_hyp(decoder, &score) else { return .nothing(frames: 0) }
        let text = phrase(String(cString: found))
        let frames = speechFrames()
        var free: Int32 = 0
        guard !text.isEmpty, frames > 0, ps_get_hyp(loop.decoder, &free) != nil else { return .nothing(frames: frames) }
        // Per frame of speech and not of the utterance: silence costs both the same.
        let cost = Double(free - score) / Double(frames)
        let confidence = 1 / (1 + exp((cost - model.rejection.limit) / model.rejection.scale))
        return Hypothesis(
            text: text, confidence: confidence, understood: confidence >= 0.5, frames: frames, cost: cost)
    }

    /// The frames of the hypothesis that belong to words.
    private func speechFrames() -> Int {
        var frames = 0
        // The iterator frees itself at its end.
        var segment = ps_seg_iter(decoder)
        while let current = segment {
            // Fillers are named <sil> and [NOISE].
            if let word = ps_seg_word(current), word.pointee == CChar(bitPattern: UInt8(ascii: "w")) {
                var (first, last): (Int32, Int32) = (0, 0)
                ps_seg_frames(current, &first, &last)
                frames += Int(last - first) + 1
            }
            segment = ps_seg_next(current)
        }
        return frames
    }

    private func hear(_ resampled: [Int16]) throws {
        // After the resampling, so that the empty band above 4 kHz gets its share too.
        let audio = hiss.add(to: resampled)
        heard += audio
        try feed(audio)
    }

    // MARK: The library

    private func feed(_ audio: [Int16]) throws {
        guard !audio.isEmpty else { return }
        guard ps_process_raw(decoder, audio, audio.count, 0, 0) >= 0, ps_process_raw(loop.decoder, audio, audio.count, 0, 0) >= 0 else {
            throw Self.failed("process")
        }
    }

    private func endUtterance() throws {
        guard isListening else { return }
        isListening = false
        let ends = (ps_end_utt(decoder), ps_end_utt(loop.decoder))
        guard ends == (0, 0) else { throw Self.failed("end") }
    }

    /// The grammar once more over the whole utterance, with the means of its own cepstra; where the first pass began still shows in the scores
    /// (measured), so `telephoneMean` matters here too. In recorded calls of ten voices 8 of 10 cities were right instead of 5, and of all 54
    /// answers 47 instead of 44 (five right names counted as wrong in both, by a label of the measurement; both before the hiss was a noise).
    /// Costs some 30 ms per second of speech. For the phone loop it brought nothing.
    private func decodeWhole() throws {
        guard ps_start_utt(decoder) == 0, ps_process_raw(decoder, heard, heard.count, 0, 1) >= 0, ps_end_utt(decoder) == 0 else {
            throw Self.failed("second pass")
        }
    }

    private static func failed(_ step: String) -> PocketSphinxFailure {
        PocketSphinxFailure(code: .decoding, message: "The library failed at \(step); make a new decoder.")
    }

    /// `w3 w17` as Hebrew.
    private func phrase(_ found: String) -> String {
        found.split(separator: " ").compactMap { id in
            guard id.first == "w", let number = Int(id.dropFirst()), names.indices.contains(number) else { return nil }
            return names[number]
        }.joined(separator: " ")
    }
}

/// Owns one decoder of the library.
private final class Engine {
    let decoder: OpaquePointer

    init(_ model: PocketSphinxModel, options: [PocketSphinxModel.Option], adaptation: AdaptedModel?) throws {
        // The library writes its log to standard error otherwise, some hundred lines per decoder.
        err_set_logfp(nil)
        var arguments = ["-hmm", model.directory, "-samprate", "\(model.sampleRate)"]
        for option in options { arguments += [option.name, option.value] }
        if let adaptation { arguments += adaptation.arguments }
        // The library copies the strings it keeps.
        var pointers = arguments.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        guard let configuration = cmd_ln_parse_r(nil, ps_args(), Int32(pointers.count), &pointers, 1) else {
            throw PocketSphinxFailure(
                code: .initialisation,
                message: "The library refused an option of \(arguments.joined(separator: " ")); correct the settings.")
        }
        // The decoder holds a reference of its own.
        defer { cmd_ln_free_r(configuration) }
        guard let decoder = ps_init(configuration) else {
            throw PocketSphinxFailure(
                code: .initialisation,
                message: "The model in \(model.directory) could not be loaded; reinstall the package pocketsphinx-en-us.")
        }
        self.decoder = decoder
    }

    deinit { ps_free(decoder) }
}
