/// What anybody may send us, and what must hold for every byte of it. The fuzzers and the ordinary tests call the same functions.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// One message on a media socket.
    case media
    /// A webhook's body: a form, and the same bytes as JSON.
    case form
    /// Signature header, settings header, URL and body, separated by line feeds.
    case signature
    /// Texts that become TwiML, separated by bytes of 0xFF.
    case twiml
    /// A byte of options, then a text that becomes speech.
    case say
    /// What a recogniser heard, or somebody typed: a sentence to understand, to compare, and to read as a telephone number.
    case understanding

    /// What does not hold, or nil. A trap, an endless loop or growing memory is for the caller to notice.
    package func fault(_ bytes: [UInt8]) -> String? {
        switch self {
        case .media: mediaFault(bytes)
        case .form: formFault(bytes)
        case .signature: signatureFault(bytes)
        case .twiml: twimlFault(bytes)
        case .say: sayFault(bytes)
        case .understanding: understandingFault(bytes)
        }
    }

    /// The entry of libFuzzer: ends the process at a fault, which is what it takes for a find.
    package func attack(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let fault = fault(Array(UnsafeBufferPointer(start: bytes, count: count)))
        precondition(fault == nil, fault ?? "")
        return 0
    }
}
