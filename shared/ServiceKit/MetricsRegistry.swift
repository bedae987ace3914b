import CoreMetrics
import Synchronization

/// Counters, gauges and histograms of one process, printed as Prometheus text. A backend for swift-metrics, whose maintained
/// Prometheus backend is not at hand; nothing else in the product knows this type.
package final class MetricsRegistry: MetricsFactory {
    private let cells = Mutex<[Key: Cell]>([:])

    package init() {}

    private struct Key: Hashable {
        let name: String
        let labels: String
        init(_ label: String, _ dimensions: [(String, String)]) {
            name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            labels = dimensions.sorted { $0 < $1 }.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        }
        private static func escape(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
        }
    }

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: Cell.Kind) -> Cell {
        cells.withLock { cells in
            let key = Key(label, dimensions)
            if let cell = cells[key] { return cell }
            let cell = Cell(kind: kind)
            cells[key] = cell
            return cell
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { cell(label, dimensions, .counter) }
    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        cell(label, dimensions, .counter)
    }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { cell(label, dimensions, .gauge) }
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .histogram : .gauge)
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { cell(label, dimensions, .histogram) }
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Prometheus text format 0.0.4.
    package func prometheusText() -> String {
        let all = cells.withLock { $0 }.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        var text = ""
        var named = ""
        for (key, cell) in all {
            if key.name != named {
                text += "# TYPE \(key.name) \(cell.kind.rawValue)\n"
                named = key.name
            }
            text += cell.lines(key.name, key.labels)
        }
        return text
    }
}

/// One time series. Timers count in seconds, as Prometheus does.
private final class Cell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String { case counter, gauge, histogram }
    /// Seconds. The interesting waits of a call lie between 5 ms and 5 s.
    private static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]

    private struct State {
        var value = 0.0
        var count = 0
        var buckets = [Int](repeating: 0, count: Cell.bounds.count)
    }

    let kind: Kind
    private let state = Mutex(State())

    init(kind: Kind) { self.kind = kind }

    func increment(by amount: Int64) { state.withLock { $0.value += Double(amount) } }
    func increment(by amount: Double) { state.withLock { $0.value += amount } }
    func decrement(by amount: Double) { state.withLock { $0.value -= amount } }
    func reset() { state.withLock { $0 = State() } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.value = value } }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        guard kind == .histogram else { return set(value) }
        state.withLock { state in
            state.value += value
            state.count += 1
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[index] += 1 }
        }
    }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(_ name: String, _ labels: String) -> String {
        let state = state.withLock { $0 }
        let suffix = labels.isEmpty ? "" : "{\(labels)}"
        guard kind == .histogram else { return "\(name)\(suffix) \(Self.number(state.value))\n" }
        var text = ""
        var sum = 0
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in zip(Self.bounds, state.buckets) {
            sum += count
            text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(sum)\n"
        }
        text +=
            "\(name)_bucket{\(prefix)le=\"+Inf\"} \(state.count)\n\(name)_sum\(suffix) \(Self.number(state.value))\n\(name)_count\(suffix) \(state.count)\n"
        return text
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
