/// One telephone number, whichever way it was written.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// 05x.
        case mobile
        /// 02, 03, 04, 08 and 09.
        case landline
        /// 07x.
        case voip
        /// 1-800 and its neighbours: free for who calls.
        case tollFree
        /// 1-700: costs a local call.
        case sharedCost
        /// 1-900 and its neighbours: costs extra.
        case premium
        /// Other numbers that begin with 1: 1-599, 1-200, 1-255, 1-212, 151 and 153.
        case service
        /// `*` and three to six digits; reachable inside Israel alone.
        case star
        /// Three to five digits, for instance 144.
        case short
        /// 100, 101, 102 and 112.
        case emergency
        case foreign
    }

    package let kind: Kind
    /// What is stored and compared: E.164, or `*2700`, or `144`.
    package let canonical: String

    init(_ kind: Kind, _ canonical: String) { (self.kind, self.canonical) = (kind, canonical) }

    /// Nil for star numbers and short ones, which only exist inside the country.
    package var e164: String? { canonical.hasPrefix("+") ? canonical : nil }
    package var isIsraeli: Bool { kind != .foreign }
    /// A text message can arrive there: at an Israeli mobile number for certain, abroad perhaps.
    package var takesMessages: Bool { kind == .mobile || kind == .foreign }
    package var description: String { canonical }

    /// As dialled inside Israel: `0501234567`, `1700123456`, `*2700`; foreign numbers stay E.164.
    package var national: String {
        guard isIsraeli, let e164 else { return canonical }
        let digits = e164.dropFirst(4)
        return digits.hasPrefix("1") ? String(digits) : "0" + digits
    }
}

/// Why a text is no telephone number.
package enum PhoneFault: Error, Hashable, Sendable {
    /// No digits at all.
    case empty
    /// The network says that the caller hides the number.
    case withheld
    /// Something other than digits and the usual separators.
    case unexpectedCharacter
    /// `needed` counts digits as dialled, the leading zero included.
    case tooShort(digits: Int, needed: Int)
    case tooLong(digits: Int, allowed: Int)
    /// Begins like no Israeli number.
    case unknownPrefix
    /// Begins with + or 00, and no country has this code.
    case unknownCountry
    /// Could be of any country: it has neither an Israeli prefix nor a country code.
    case noCountryCode

    package var code: String {
        switch self {
        case .empty: "phone.empty"
        case .withheld: "phone.withheld"
        case .unexpectedCharacter: "phone.character"
        case .tooShort: "phone.short"
        case .tooLong: "phone.long"
        case .unknownPrefix: "phone.prefix"
        case .unknownCountry: "phone.country"
        case .noCountryCode: "phone.nowhere"
        }
    }

    /// Names no digit of the number.
    package var cause: String {
        switch self {
        case .empty: "there is no digit in it"
        case .withheld: "the caller hides the number"
        case .unexpectedCharacter: "it holds more than digits and separators"
        case .tooShort(let digits, let needed): "\(digits) digits where \(needed) are needed"
        case .tooLong(let digits, let allowed): "\(digits) digits where \(allowed) are allowed"
        case .unknownPrefix: "no Israeli number begins like this"
        case .unknownCountry: "no country has this code"
        case .noCountryCode: "it is not Israeli and has no country code"
        }
    }

    package var remedy: String {
        switch self {
        case .empty, .withheld: "Ask for a number."
        case .unexpectedCharacter: "Keep digits, +, * and separators only."
        case .tooShort, .tooLong: "Ask for the number again, digit by digit."
        case .unknownPrefix: "Ask for the number with its area code."
        case .unknownCountry, .noCountryCode: "Write foreign numbers with + and the country code."
        }
    }
}
