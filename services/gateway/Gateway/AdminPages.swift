import CallEngine
import CallVocabulary
import Foundation
import Synchronization

/// What `/admin/<name>` shows on the private port, as JSON. No caller's number and no word of anybody's.
struct AdminPages: Sendable {
    let desk: Desk
    let fleet: Fleet

    func page(_ name: String) -> String? {
        switch name {
        case "calls": return Self.json(desk.calls)
        case "workers": return Self.json(fleet.workers)
        default: return nil
        }
    }

    private static func json(_ value: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) + "\n" }
    }
}

/// One call, as an operator sees it.
package struct CallStatusLine: Sendable, Codable, Equatable {
    package var call: CallID
    package var business: BusinessID
    /// Since the webhook.
    package var seconds: Int
    /// Of the stream that is open or comes next.
    package var generation: Int
    package var isStreaming: Bool
    /// Where it goes by our will.
    package var exit: String?
}

/// One worker.
package struct WorkerStatusLine: Sendable, Codable, Equatable {
    package var pool: Pool
    package var name: String
    package var nonce: String
    package var affinity: Double
    package var conversations: Int
    package var draining: Bool
}

extension Desk {
    /// Calls that go on, oldest first.
    var calls: [CallStatusLine] {
        let now = unixMilliseconds()
        return state.withLock { state in
            state.book.ongoing.map { entry -> CallStatusLine in
                let seconds = Int((now - entry.arrivedMilliseconds) / 1_000)
                let isStreaming = entry.opened == entry.generation && state.runners[entry.call] != nil
                return CallStatusLine(
                    call: entry.call, business: entry.business, seconds: seconds, generation: entry.generation, isStreaming: isStreaming,
                    exit: entry.exit?.rawValue)
            }
        }
    }
}
