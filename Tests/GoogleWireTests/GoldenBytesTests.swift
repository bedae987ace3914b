import ASRWorker
import GoogleProtos
import SwiftProtobuf
import Testing

@testable import ASRGoogleWire

private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Messages as Google's own library writes them.
@Suite struct GoldenBytesTests {
    private func speech(_ version: GoogleRecognition.Version) -> GoogleRecognition {
        GoogleRecognition(version: version, project: "p", location: "eu", model: version == .v2 ? "chirp_3" : "default")
    }

    @Test func theFirstMessageOfV2() throws {
        let golden = bytes(
            "1a2570726f6a656374732f702f6c6f636174696f6e732f65752f7265636f676e697a6572732f5f32270a1d120220014207080210c03e18014a0763686972705f33520569"
                + "772d494c1206080110014003")
        #expect(try speech(.v2).opening(RecognitionHints()) == golden)
        #expect(try SpeechV2StreamingRecognizeRequest(serializedBytes: golden).recognizer == "projects/p/locations/eu/recognizers/_")
    }

    @Test func theFirstMessageOfV1() throws {
        let golden = bytes("0a1d0a17080310c03e1a0569772d494c58016a0764656661756c7418012801")
        #expect(try speech(.v1).opening(RecognitionHints()) == golden)
    }

    @Test func audio() throws {
        #expect(try speech(.v2).message([0xFF, 0xFF]) == bytes("2a02ffff"))
        #expect(try speech(.v1).message([0xFF, 0xFF]) == bytes("1202ffff"))
    }

    @Test func aFinalOfV2() throws {
        let golden = bytes("32240a0f0a08d7a9d79cd795d79d150000003f1001220808011080cab5ee01320569772d494c")
        #expect(try GoogleHearing.read(golden, .v2) == .heard([.final(HeardText("שלום", endMilliseconds: 1500, confidence: 0.5))]))
    }

    @Test func speechBeginsInV2() throws {
        let golden = bytes("18023a05108084af5f")
        let response = try SpeechV2StreamingRecognizeResponse(serializedBytes: golden)
        #expect(response.speechEventType == .speechActivityBegin && response.speechEventOffset.nanos == 200_000_000)
        #expect(try GoogleHearing.read(golden, .v2) == .heard([]))
    }

    /// The others are refused by a server that knows Google's own types: Tests/ProviderFakes.
    @Test func whatWasSkippedStaysSkipped() throws {
        // Field 9 of the metadata, and one that nobody knows.
        let message = bytes("2a054a03616263") + bytes("aa060161")
        #expect(try GoogleHearing.read(message, .v2) == .heard([]))
    }
}
