import Signing
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct DigestTests {
    /// FIPS 180-2, appendix B.
    @Test func sha256() {
        #expect(Hex.encode(Digest.sha256([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Hex.encode(Digest.sha256(bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    /// RFC 2202, cases 1, 2 and 6.
    /// FIPS 180, and the example of RFC 6455, 1.3.
    @Test func sha1() {
        #expect(Hex.encode(Digest.sha1(bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            Base64.encode(Digest.sha1(bytes("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func hmacSHA1() {
        #expect(
            Hex.encode(Digest.hmacSHA1("Hi There".utf8, key: [UInt8](repeating: 0x0B, count: 20)))
                == "b617318655057264e28bc0b6fb378c8ef146be00")
        #expect(
            Hex.encode(Digest.hmacSHA1("what do ya want for nothing?".utf8, key: "Jefe".utf8))
                == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        #expect(
            Hex.encode(
                Digest.hmacSHA1(
                    "Test Using Larger Than Block-Size Key - Hash Key First".utf8, key: [UInt8](repeating: 0xAA, count: 80)))
                == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    }

    /// RFC 4231, cases 1, 2 and 6; then an empty key and message.
    @Test func hmacSHA256() {
        #expect(
            Hex.encode(Digest.hmacSHA256("Hi There".utf8, key: [UInt8](repeating: 0x0B, count: 20)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            Hex.encode(Digest.hmacSHA256("what do ya want for nothing?".utf8, key: "Jefe".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            Hex.encode(
                Digest.hmacSHA256(
                    "Test Using Larger Than Block-Size Key - Hash Key First".utf8, key: [UInt8](repeating: 0xAA, count: 131)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(
            Hex.encode(Digest.hmacSHA256([], key: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func constantTimeEqual() {
        #expect(Digest.constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!Digest.constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!Digest.constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(Digest.constantTimeEqual([], []))
    }

    @Test func randomBytesDiffer() throws {
        let first = try Digest.randomBytes(count: 32)
        let second = try Digest.randomBytes(count: 32)
        #expect(first.count == 32 && second.count == 32 && first != second)
        #expect(try Digest.randomBytes(count: 0).isEmpty)
    }
}

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func matchesTheVectors(_ plain: String, _ text: String) {
        #expect(Base64.encode(plain.utf8) == text)
        #expect(Base64.decode(text) == bytes(plain))
        let bare = String(text.prefix { $0 != "=" })
        #expect(Base64.encode(plain.utf8, alphabet: .urlSafe) == bare)
        #expect(Base64.decode(bare, alphabet: .urlSafe) == bytes(plain))
    }

    @Test func alphabetsDifferInTwoCharacters() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.encode([0xFB, 0xFF], alphabet: .urlSafe) == "-_8")
        #expect(Base64.decode("-_8=") == nil)
        #expect(Base64.decode("+/8", alphabet: .urlSafe) == nil)
    }

    @Test func everyLengthAndByteSurvives() {
        for length in 0..<300 {
            let data = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
            #expect(Base64.decode(Base64.encodeToBytes(data)) == data)
            #expect(Base64.decode(Base64.encodeToBytes(data, alphabet: .urlSafe), alphabet: .urlSafe) == data)
        }
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "Z=g=", "Zm9é"])
    func whatIsNotCanonicalIsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm9v="])
    func whatIsNotCanonicalIsRefusedURLSafe(_ text: String) {
        #expect(Base64.decode(text, alphabet: .urlSafe) == nil)
    }
}

@Suite struct HexTests {
    @Test func bothWays() {
        #expect(Hex.encode([0x00, 0x7F, 0xFF]) == "007fff")
        #expect(Hex.decode("007FfF") == [0x00, 0x7F, 0xFF])
        #expect(Hex.decode("") == [])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }
}
