/// A sum of money in hundredths: agorot, cents, pence.
package struct Money: Sendable, Hashable, CustomStringConvertible {
    package let hundredths: Int
    package let currency: Currency
    package init(hundredths: Int, _ currency: Currency) { (self.hundredths, self.currency) = (hundredths, currency) }

    /// `49.90 ILS`.
    package var description: String {
        "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(Digits.padded(abs(hundredths) % 100, 2)) \(currency.rawValue)"
    }
}
