/// Numbers in words, feminine, as hours, minutes and digits are told.
package enum Numbers {
    private static let units = ["אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר"]
    private static let teens = ["עשר", "אחת", "שתים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע"]
    private static let tens = ["", "", "עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים"]

    /// The words of a run of ASCII digits: up to two digits as a number, more digits one by one.
    package static func words(forDigits digits: String) -> [String] {
        guard digits.count <= 2, let number = Int(digits) else {
            return digits.compactMap { $0.wholeNumberValue }.filter { $0 < 10 }.map { units[$0] }
        }
        return words(for: number)
    }

    /// The words of a number from 0 to 99; nothing outside of that range.
    package static func words(for number: Int) -> [String] {
        switch number {
        case 0...10: [units[number]]
        case 11...19: [teens[number - 10], "עשרה"]
        case 20...99 where number % 10 == 0: [tens[number / 10]]
        case 20...99: [tens[number / 10], "ו" + units[number % 10]]
        default: []
        }
    }
}
