import Audio

/// Sound that carries its meaning: a word is 400 ms of a loud square wave behind three bytes that say which it is. Whoever hears all of it
/// knows the word; who hears a part has heard nothing. So whatever is lost, doubled or cut in the middle shows.
enum SpokenWords {
    static let milliseconds = 400
    static let bytes = milliseconds * 8
    /// Never in the wave and never in silence.
    private static let mark: UInt8 = 0x11

    static func word(_ number: Int) -> [UInt8] {
        [mark] + (0..<3).map { UInt8(0x40 | number >> (5 * $0) & 0x1F) } + [mark] + (5..<bytes).map { $0 / 8 % 2 == 0 ? 0x02 : 0x82 }
    }

    static func silence(milliseconds: Int) -> [UInt8] { [UInt8](repeating: MuLaw.silence, count: milliseconds * 8) }

    /// Hears as it comes.
    struct Ear {
        private(set) var heard = 0
        private var open: [UInt8] = []
        /// Whole words with the position of their end, in bytes of all that was heard.
        private(set) var words: [(number: Int, end: Int)] = []
        /// Bytes of silence since the last sound.
        private(set) var quiet = 0

        mutating func hear(_ audio: [UInt8]) {
            audio.withUnsafeBufferPointer { audio in
                var index = 0
                while index < audio.count {
                    index += hear(audio, from: index)
                }
            }
        }

        /// One step: silence or a wave as far as it goes, or a byte that means something. Byte by byte it would take minutes.
        private mutating func hear(_ audio: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
            let byte = audio[start]
            if open.count >= 5 || byte == MuLaw.silence {
                var end = start
                while end < audio.count, (audio[end] == MuLaw.silence) == (byte == MuLaw.silence), audio[end] != SpokenWords.mark,
                    byte == MuLaw.silence || open.count + end - start < SpokenWords.bytes
                { end += 1 }
                if end > start {
                    heard += end - start
                    if byte == MuLaw.silence {
                        quiet += end - start
                        // A word that is broken off by silence was none.
                        open = []
                    } else {
                        quiet = 0
                        open += audio[start..<end]
                        close()
                    }
                    return end - start
                }
            }
            heard += 1
            quiet = 0
            if byte == SpokenWords.mark, open.count != 4 { open = [] }
            if !open.isEmpty || byte == SpokenWords.mark { open.append(byte) }
            close()
            return 1
        }

        private mutating func close() {
            guard open.count == SpokenWords.bytes else { return }
            if open[4] == SpokenWords.mark { words.append(((0..<3).reduce(0) { $0 | Int(open[$1 + 1] & 0x1F) << (5 * $1) }, heard)) }
            open = []
        }
    }
}
