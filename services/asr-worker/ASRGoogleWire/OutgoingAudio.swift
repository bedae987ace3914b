import Synchronization

/// Audio on its way to a stream's writer. Whoever puts it in never waits; the writer takes whatever has gathered, in pieces that fit a message.
package final class OutgoingAudio: Sendable {
    /// The longest replay, half a minute, and some more. Beyond it the connection does not take what it is sent.
    package static let capacity = 320_000

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let capacity: Int
    private let state = Mutex(State())
    /// Says that there is something to take; one mark is enough for any amount.
    private let marks: AsyncStream<Void>
    private let marker: AsyncStream<Void>.Continuation

    package init(capacity: Int = OutgoingAudio.capacity) {
        self.capacity = capacity
        (marks, marker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: false when there is no room, and then nothing was taken. What comes after the end is ignored.
    package func put(_ audio: [UInt8]) -> Bool {
        let hasRoom = state.withLock { state in
            if state.isClosed { return true }
            guard state.bytes.count + audio.count <= capacity else { return false }
            state.bytes += audio
            return true
        }
        if hasRoom { marker.yield() }
        return hasRoom
    }

    /// No more comes; what is there is still taken.
    package func end() {
        state.withLock { $0.isClosed = true }
        marker.finish()
    }

    /// Hands over everything in order until the end, or until the task is cancelled. For one reader.
    /// - Parameter largest: bytes of one piece.
    package func drain(largest: Int, _ write: (ArraySlice<UInt8>) async throws -> Void) async throws {
        for await _ in marks { try await writeAll(largest, write) }
        try Task.checkCancellation()
        // The end may have come before the mark of the last piece was read.
        try await writeAll(largest, write)
    }

    private func writeAll(_ largest: Int, _ write: (ArraySlice<UInt8>) async throws -> Void) async throws {
        let bytes = state.withLock { state in
            defer { state.bytes = [] }
            return state.bytes
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try await write(rest.prefix(largest))
            rest = rest.dropFirst(largest)
        }
    }
}
