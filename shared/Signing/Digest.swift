import COpenSSL

/// Digests, message authentication and random bytes, all by OpenSSL. Bytes in, bytes out.
package enum Digest {
    /// SHA-256: 32 bytes.
    package static func sha256(_ message: some Collection<UInt8>) -> [UInt8] {
        withBytes(message) { message in
            output(count: Int(SHA256_DIGEST_LENGTH)) { EVP_Digest(message.baseAddress, message.count, $0, nil, EVP_sha256(), nil) == 1 }
        }
    }

    /// SHA-1: 20 bytes. Only for protocols that ask for it, as the WebSocket handshake does.
    package static func sha1(_ message: some Collection<UInt8>) -> [UInt8] {
        withBytes(message) { message in
            output(count: Int(SHA_DIGEST_LENGTH)) { EVP_Digest(message.baseAddress, message.count, $0, nil, EVP_sha1(), nil) == 1 }
        }
    }

    /// HMAC-SHA1: 20 bytes. Only for protocols that ask for it, as Twilio's request signature does.
    package static func hmacSHA1(_ message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        hmac(EVP_sha1(), count: Int(SHA_DIGEST_LENGTH), message, key)
    }

    /// HMAC-SHA256: 32 bytes.
    package static func hmacSHA256(_ message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        hmac(EVP_sha256(), count: Int(SHA256_DIGEST_LENGTH), message, key)
    }

    /// Whether two byte strings are equal, in a time that depends on their lengths only.
    ///
    /// For signatures and tokens: an ordinary comparison tells an attacker how many leading bytes were right.
    package static func constantTimeEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        return withBytes(first) { first in
            withBytes(second) { second in CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0 }
        }
    }

    /// Bytes nobody can guess, for tokens and keys.
    ///
    /// - Throws: ``SigningError`` if the system gives no randomness. Do not go on with something weaker.
    package static func randomBytes(count: Int) throws(SigningError) -> [UInt8] {
        var drawn = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: 0)
            drawn = RAND_bytes(buffer.baseAddress, CInt(buffer.count)) == 1
            initialized = count
        }
        guard drawn else {
            throw SigningError(message: "The system gives no random bytes. Check that its random device is available to the service.")
        }
        return bytes
    }

    private static func hmac(
        _ algorithm: OpaquePointer?, count: Int, _ message: some Collection<UInt8>, _ key: some Collection<UInt8>
    ) -> [UInt8] {
        withBytes(message) { message in
            withBytes(key) { key in
                output(count: count) { HMAC(algorithm, key.baseAddress, CInt(key.count), message.baseAddress, message.count, $0, nil) != nil }
            }
        }
    }

    private static func output(count: Int, _ body: (UnsafeMutablePointer<UInt8>?) -> Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // OpenSSL fails here only when memory is exhausted, where Swift itself stops too. Never hand out an unset digest.
            precondition(body(buffer.baseAddress), "OpenSSL could not compute a digest")
            initialized = count
        }
    }

    /// Never gives a nil address: HMAC takes a nil key for "the key of last time" and fails.
    private static func withBytes<Result>(_ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if !bytes.isEmpty, let result = bytes.withContiguousStorageIfAvailable(body) { return result }
        let copy = Array(bytes) + [0]
        return copy.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0.dropLast())) }
    }
}

/// Why nothing could be signed.
package struct SigningError: Error, Sendable, CustomStringConvertible {
    /// What happened and what helps.
    package let message: String
    package var description: String { message }
}
