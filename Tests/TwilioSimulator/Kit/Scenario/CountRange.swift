/// How many of something: `3`, `2-5`, `>=1`, `<=4`.
package struct CountRange: Sendable, Equatable, CustomStringConvertible {
    package let range: ClosedRange<Int>

    package init(_ range: ClosedRange<Int>) { self.range = range }

    package init?(_ text: String) {
        let text = text.trimmingASCIISpace()
        if text.hasPrefix(">="), let least = Int(text.dropFirst(2).trimmingASCIISpace()), least >= 0 {
            range = least...Int.max
        } else if text.hasPrefix("<="), let most = Int(text.dropFirst(2).trimmingASCIISpace()), most >= 0 {
            range = 0...most
        } else if let exact = Int(text), exact >= 0 {
            range = exact...exact
        } else {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { $0.trimmingASCIISpace() }
            guard ends.count == 2, let low = Int(ends[0]), low >= 0 else { return nil }
            let high = ends[1].isEmpty ? Int.max : Int(ends[1])
            guard let high, high >= low else { return nil }
            range = low...high
        }
    }

    package func contains(_ number: Int) -> Bool { range.contains(number) }

    package var description: String {
        if range.upperBound == Int.max { return "at least \(range.lowerBound)" }
        return range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
