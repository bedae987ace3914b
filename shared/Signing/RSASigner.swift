import COpenSSL

/// An RSA private key that signs with RSASSA-PKCS1-v1_5 over SHA-256: what JSON web tokens call RS256 (RFC 7518, section 3.3).
///
/// About 1 ms of work per signature with a key of 2048 bits.
package final class RSASigner: @unchecked Sendable, CustomReflectable {
    // Never changed after `init`. OpenSSL lets threads sign with one key at once when each has its own digest context.
    private let key: OpaquePointer

    /// - Parameter pem: the key as PEM text, PKCS#8 or PKCS#1, without a passphrase.
    /// - Throws: ``SigningError``; its message holds nothing of the text.
    package init(pem: some StringProtocol) throws(SigningError) {
        var text = Array(pem.utf8)
        let parsed: OpaquePointer? = text.withUnsafeMutableBufferPointer { text in
            guard let source = BIO_new_mem_buf(text.baseAddress, CInt(text.count)) else { return nil }
            defer { BIO_free(source) }
            // An empty passphrase for keys that need one: without any, OpenSSL would ask at the terminal.
            var none: CChar = 0
            return PEM_read_bio_PrivateKey(source, nil, nil, &none)
        }
        ERR_clear_error()
        guard let parsed else {
            throw SigningError(
                message: "The text is no private key in PEM without a passphrase. Use the key as its issuer wrote it, line ends included.")
        }
        guard EVP_PKEY_get_base_id(parsed) == EVP_PKEY_RSA, EVP_PKEY_get_bits(parsed) >= 2048 else {
            EVP_PKEY_free(parsed)
            throw SigningError(message: "The private key is no RSA key of 2048 bits or more. Make a new one.")
        }
        key = parsed
    }

    deinit { EVP_PKEY_free(key) }

    package var customMirror: Mirror { Mirror(self, children: []) }

    /// - Returns: the signature, as long as the key: 256 bytes for 2048 bits.
    package func sign(_ message: some Collection<UInt8>) throws(SigningError) -> [UInt8] {
        let message = Array(message)
        var count = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard let context = EVP_MD_CTX_new() else { throw Self.failure }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else {
            ERR_clear_error()
            throw Self.failure
        }
        return Array(signature.prefix(count))
    }

    private static let failure = SigningError(message: "OpenSSL could not sign. Check that the private key is whole, or make a new one.")
}
