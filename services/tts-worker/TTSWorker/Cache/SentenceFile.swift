import Signing

/// How a sentence's audio lies on disk: magic, length, digest, audio. What was cut short or has changed is recognised.
enum SentenceFile {
    /// Eight bytes.
    private static let magic = Array("MAANEUL1".utf8)
    static let headerBytes = 8 + 4 + 32
    /// Two minutes. Anything longer is no sentence, and is not kept.
    static let largestAudio = 120 * 8_000

    static func encode(_ audio: [UInt8]) -> [UInt8] {
        magic + withUnsafeBytes(of: UInt32(audio.count).littleEndian) { Array($0) } + Digest.sha256(audio) + audio
    }

    /// nil when it is not exactly what ``encode(_:)`` made.
    static func decode(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > headerBytes, bytes.starts(with: magic) else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let audio = Array(bytes[headerBytes...])
        guard audio.count == length, Digest.sha256(audio) == Array(bytes[12..<headerBytes]) else { return nil }
        return audio
    }
}
