import CallVocabulary

/// The epoch of the call's worker of each pool, if it has one. A table and not a dictionary: it is asked several times for each frame.
struct Epochs: Sendable, Equatable {
    private var asr: Epoch?
    private var dialog: Epoch?
    private var tts: Epoch?
    private var crm: Epoch?

    init() {}

    subscript(pool: Pool) -> Epoch? {
        get {
            switch pool {
            case .asr: asr
            case .dialog: dialog
            case .tts: tts
            case .crm: crm
            }
        }
        set {
            switch pool {
            case .asr: asr = newValue
            case .dialog: dialog = newValue
            case .tts: tts = newValue
            case .crm: crm = newValue
            }
        }
    }
}

// As a dictionary.
extension Epochs: Codable {
    init(from decoder: any Decoder) throws {
        for (pool, epoch) in try [Pool: Epoch](from: decoder) { self[pool] = epoch }
    }

    func encode(to encoder: any Encoder) throws {
        let present = Pool.allCases.compactMap { pool in self[pool].map { (pool, $0) } }
        try Dictionary(uniqueKeysWithValues: present).encode(to: encoder)
    }
}
