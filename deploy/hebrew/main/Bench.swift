import ArgumentParser
import Glibc
import Hebrew

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how long the spoken form of a sentence of about 200 letters takes, on one thread.")

    @Option(help: "Times each sentence is spoken.")
    var rounds = 2_000

    /// Sentences of a receptionist, 200 letters each, full of what costs time.
    private static let sentences = [
        """
        קבעתי לך תור ליום ג' 17.2 בשעה 09:45 אצל ד"ר לוי ברח' הרצל 5/12 בתל אביב, המחיר הוא 350 ₪ ל-45 דקות, ואם תרצה לשנות אפשר \
        להתקשר ל-052-1234567 עד 18:00 או לכתוב ל-info@example.co.il, נשמח לעזור תמיד.
        """,
        """
        דירת 3.5 חדרים, 85 מ"ר, קומה 4 מתוך 8, מעלית וחניה, 2 מרפסות ו-3 כיווני אוויר, במחיר 2,350,000 ₪ או בשכירות 5,800 ₪ לחודש, \
        כניסה ב-1 במרץ 2026, ארנונה 450 ₪ לחודשיים, ועד בית 120 ₪, עד 12 תשלומים.
        """,
        """
        שלום וברוכים הבאים, הגעתם למשרד שלנו ואנחנו שמחים מאוד לעמוד לשירותכם בכל שאלה או בקשה, נציג שלנו יחזור אליכם בהקדם האפשרי \
        לאחר שתשאירו את שמכם ואת מספר הטלפון שלכם אחרי הצליל הבא, תודה רבה ולהתראות בקרוב.
        """,
    ]

    func run() throws {
        var all: [Double] = []
        let begun = Self.nanoseconds()
        HebrewSpeech.warmUp()
        print("building the tables, once: \((Self.nanoseconds() - begun) / 1_000) µs")
        print("sentence  letters  median µs  p95 µs  worst µs")
        for (number, sentence) in Self.sentences.enumerated() {
            var times: [Double] = []
            var length = 0
            for round in 0..<(rounds + 100) {
                let start = Self.nanoseconds()
                length += HebrewSpeech.spoken(sentence).utf8.count
                // The first hundred load tables and caches.
                if round >= 100 { times.append(Double(Self.nanoseconds() - start) / 1_000) }
            }
            guard length > 0 else { throw ExitCode(1) }
            Self.row("\(number + 1)", sentence.unicodeScalars.count, times)
            all += times
        }
        Self.row("all", 0, all)
        try benchSplitter()
    }

    private func benchSplitter() throws {
        let text = Self.sentences.joined(separator: " ")
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = Self.nanoseconds()
            guard HebrewSpeech.sentences(text).count >= Self.sentences.count else { throw ExitCode(1) }
            times.append(Double(Self.nanoseconds() - start) / 1_000)
        }
        Self.row("split", text.unicodeScalars.count, times)
    }

    private static func row(_ name: String, _ letters: Int, _ times: [Double]) {
        let sorted = times.sorted()
        func at(_ share: Double) -> String { "\((sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] * 10).rounded() / 10)" }
        func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        print(
            name + String(repeating: " ", count: max(0, 8 - name.count)) + column(letters == 0 ? "" : "\(letters)", 9) + column(at(0.5), 11)
                + column(at(0.95), 8) + column(at(1), 10))
    }

    private static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
