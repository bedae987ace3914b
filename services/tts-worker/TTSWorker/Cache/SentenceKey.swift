import Signing

/// The name of a sentence's audio: a digest of everything that the sound depends on. It tells nothing of the text.
package struct SentenceKey: Sendable, Hashable {
    /// Raised when what is kept changes its form, so that older audio is not found any more.
    private static let version = "maane sentence 1"

    /// SHA-256.
    package let digest: [UInt8]

    package init(text: String, signature: String) {
        // Zero bytes stand in neither: no two pairs give the same message.
        digest = Digest.sha256(Array("\(Self.version)\u{0}\(signature)\u{0}\(text)".utf8))
    }

    package var hex: String { Hex.encode(digest) }
}
