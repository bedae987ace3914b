import Foundation
import Testing

@testable import Hebrew

@Suite struct PhoneNumberTests {
    @Test(arguments: [
        ("0501234567", "+972501234567", PhoneNumber.Kind.mobile), ("050-123-4567", "+972501234567", .mobile),
        ("(050) 123 45 67", "+972501234567", .mobile),
        ("+972501234567", "+972501234567", .mobile), ("+972 (0)50-123-4567", "+972501234567", .mobile), ("972501234567", "+972501234567", .mobile),
        ("00972501234567", "+972501234567", .mobile), ("009720501234567", "+972501234567", .mobile), ("012972501234567", "+972501234567", .mobile),
        ("tel:+972-50-123-4567", "+972501234567", .mobile), ("whatsapp:+972501234567", "+972501234567", .mobile),
        ("501234567", "+972501234567", .mobile),
        ("\u{202A}+972 50-123-4567\u{202C}", "+972501234567", .mobile), ("٠٥٠١٢٣٤٥٦٧", "+972501234567", .mobile),
        ("050–123–4567", "+972501234567", .mobile),
        ("03-1234567", "+97231234567", .landline), ("02 623 4567", "+97226234567", .landline), ("+972-8-6230000", "+97286230000", .landline),
        ("077-1234567", "+972771234567", .voip), ("0722223333", "+972722223333", .voip), ("1-700-123-456", "+9721700123456", .sharedCost),
        ("1700123456", "+9721700123456", .sharedCost), ("+972-1-700-123-456", "+9721700123456", .sharedCost),
        ("1-800-123-456", "+9721800123456", .tollFree),
        ("1-900-123-456", "+9721900123456", .premium), ("1-599-123-456", "+9721599123456", .service), ("1-255-123", "+9721255123", .tollFree),
        ("*2700", "*2700", .star), ("2700*", "*2700", .star), ("* 27 00", "*2700", .star), ("*62226", "*62226", .star), ("100", "100", .emergency),
        ("101", "101", .emergency),
        ("112", "112", .emergency), ("144", "144", .short), ("106", "106", .short), ("1201", "1201", .short),
        ("+1 (212) 555-1234", "+12125551234", .foreign),
        ("0012125551234", "+12125551234", .foreign), ("+44 20 7946 0958", "+442079460958", .foreign), ("+380441234567", "+380441234567", .foreign),
        ("+962 6 123 4567", "+96261234567", .foreign),
    ])
    func aNumberIsRead(text: String, canonical: String, kind: PhoneNumber.Kind) throws {
        let phone = try PhoneNumber(parsing: text)
        #expect(phone.canonical == canonical)
        #expect(phone.kind == kind)
        // What is stored is read as itself.
        #expect(try PhoneNumber(parsing: phone.canonical) == phone)
        #expect(try PhoneNumber(parsing: phone.screen) == phone)
        #expect(try PhoneNumber(parsing: phone.isolated) == phone)
    }

    @Test(arguments: [
        ("", PhoneFault.empty), ("   ", .empty), ("+", .empty), ("anonymous", .withheld), ("+266696687", .withheld), ("Restricted", .withheld),
        ("חסוי", .withheld),
        ("abc", .unexpectedCharacter), ("050-CALL-ME", .unexpectedCharacter), ("050+1234567", .unexpectedCharacter), ("**27", .unexpectedCharacter),
        ("05012345", .tooShort(digits: 8, needed: 10)), ("050123456789", .tooLong(digits: 12, allowed: 10)),
        ("03123456", .tooShort(digits: 8, needed: 9)),
        ("0312345678", .tooLong(digits: 10, allowed: 9)), ("0612345678", .unknownPrefix), ("0101234567", .unknownPrefix),
        ("*27", .tooShort(digits: 2, needed: 3)),
        ("*2700000", .tooLong(digits: 7, allowed: 6)), ("+999123456789", .unknownCountry), ("000501234567", .unknownCountry),
        ("2125551234", .noCountryCode),
        ("1234567", .unknownPrefix), ("+97250123456", .tooShort(digits: 9, needed: 10)), ("1-700-123-45", .tooShort(digits: 9, needed: 10)),
        ("+1212555123", .tooShort(digits: 10, needed: 11)), ("5212345", .tooShort(digits: 7, needed: 9)),
        ("012345678901234567890123456789", .tooLong(digits: 25, allowed: 15)),
    ])
    func whatIsNoNumberSaysWhy(text: String, fault: PhoneFault) {
        #expect(throws: fault) { try PhoneNumber(parsing: text) }
        #expect(!fault.cause.isEmpty && !fault.remedy.isEmpty && fault.code.hasPrefix("phone."))
        // A fault does not repeat what somebody said.
        for word in text.split(whereSeparator: { !$0.isNumber }) where word.count > 3 { #expect(!fault.cause.contains(word)) }
    }

    @Test(arguments: [
        ("0501234567", "050-123-4567", "+972 50-123-4567", "אפס חמש אפס, אחת שתיים שלוש, ארבע חמש שש שבע"),
        ("036123456", "03-612-3456", "+972 3-612-3456", "אפס שלוש, שש אחת שתיים, שלוש ארבע חמש שש"),
        ("1700123456", "1-700-123-456", "+972 1-700-123-456", "אחת, שבע אפס אפס, אחת שתיים שלוש, ארבע חמש שש"),
        ("*2700", "*2700", "*2700", "כוכבית שתיים שבע אפס אפס"), ("100", "100", "100", "אחת אפס אפס"),
        ("+442079460958", "+44 2079460958", "+44 2079460958", "פלוס ארבע ארבע, שתיים אפס שבע, תשע ארבע שש, אפס תשע חמש שמונה"),
    ])
    func formats(text: String, screen: String, international: String, spoken: String) throws {
        let phone = try PhoneNumber(parsing: text)
        #expect(phone.screen == screen)
        #expect(phone.international == international)
        #expect(phone.spoken == spoken)
    }

    /// What the agent says of a number is understood as that number.
    @Test func spokenNumbersComeBack() throws {
        var seed: UInt64 = 7
        func digit() -> String {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return String((seed >> 33) % 10)
        }
        for prefix in ["050", "052", "054", "058", "077", "02", "03", "04", "08", "09", "1700", "1800"] {
            for _ in 0..<200 {
                let length = prefix.hasPrefix("1") ? 6 : 7
                let phone = try PhoneNumber(parsing: prefix + (0..<length).map { _ in digit() }.joined())
                let found = Understanding(phone.spoken, context: UnderstandingContext(now: .init(timeIntervalSince1970: 0))).phone()
                #expect(found?.value == phone, "\(phone): \(phone.spoken)")
            }
        }
    }

    @Test func identityNumbersHaveACheckDigit() {
        for valid in ["123456782", "039337423", "111111118", "200000008", "000000018"] { #expect(IdentityNumber.isValid(valid)) }
        for invalid in ["123456789", "000000000", "12345678", "1234567820", "12345678a", ""] { #expect(!IdentityNumber.isValid(invalid)) }
        // One digit changed is always noticed.
        for place in 0..<9 {
            for digit in 0...9 {
                var digits = Array("123456782")
                guard digits[place] != Character(String(digit)) else { continue }
                digits[place] = Character(String(digit))
                #expect(!IdentityNumber.isValid(String(digits)))
            }
        }
    }
}
