import CallVocabulary
import Foundation

/// One line of a call's trace: what came in, and what was decided. The first line of a file is the opening.
package enum CallTraceLine: Sendable, Equatable, Codable {
    case opening(CallOpening)
    case step(at: CallTime, event: CallEvent, actions: [CallAction])

    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

package enum CallTrace {
    /// Where a replay parted from its recording.
    package struct Difference: Sendable, Equatable {
        /// Line of the trace, from 1.
        package let line: Int
        package let event: CallEvent
        package let recorded: [CallAction]
        package let replayed: [CallAction]
    }

    package struct Malformed: Error, CustomStringConvertible {
        package let line: Int
        package let reason: String
        package var description: String { "the trace is broken at line \(line): \(reason)" }
    }

    /// Runs recorded inputs through the state machine again.
    /// - Returns: the number of steps, and the first one whose actions differ.
    package static func replay(_ trace: Data) throws -> (steps: Int, difference: Difference?) {
        var session: CallSession?
        var steps = 0
        let decoder = JSONDecoder()
        for (index, line) in trace.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
            let number = index + 1
            do {
                switch try decoder.decode(CallTraceLine.self, from: Data(line)) {
                case .opening(let opening): session = CallSession(opening)
                case .step(let at, let event, let recorded):
                    guard session != nil else { throw Malformed(line: number, reason: "a step before the opening") }
                    let replayed = session?.handle(event, at: at) ?? []
                    steps += 1
                    if replayed != recorded {
                        return (steps, Difference(line: number, event: event, recorded: recorded, replayed: replayed))
                    }
                }
            } catch let error as DecodingError {
                throw Malformed(line: number, reason: String(describing: error))
            }
        }
        return (steps, nil)
    }
}
