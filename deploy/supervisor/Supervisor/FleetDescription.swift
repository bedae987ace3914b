/// One process of the fleet.
package struct ProcessSpec: Sendable, Equatable {
    /// What the process does in the fleet; decides the order of the end.
    package enum Role: Sendable, Equatable {
        /// Owns the calls and the public socket. Ends first, so that calls end politely while the workers still answer.
        case gateway
        /// Serves calls for the gateway. Ends when the gateway is gone.
        case worker
    }

    /// Unique in the fleet: `gateway`, `asr-1`, `asr-2`.
    package let name: String
    /// File name of the program, looked up in the directory of programs.
    package let program: String
    package let role: Role

    package init(name: String, program: String, role: Role) {
        self.name = name
        self.program = program
        self.role = role
    }
}

/// Which processes there are: one gateway and a number of workers per pool.
package struct FleetDescription: Sendable, Equatable {
    /// The pools in the order in which they are started.
    package static let pools = ["asr", "dialog", "tts", "crm"]
    /// More than this on one machine is a slip of the finger.
    package static let mostWorkersPerPool = 64

    package let processes: [ProcessSpec]

    /// - Parameter workers: `asr=2,dialog=1`. A pool that is not named has one worker; 0 leaves a pool out.
    /// - Throws: `SupervisorError.Code.badFleet` for an unknown pool or a number that is none.
    package init(workers: String = "") throws {
        var counts = Dictionary(uniqueKeysWithValues: Self.pools.map { ($0, 1) })
        for item in workers.split(separator: ",") {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false).map { Self.trim($0) }
            guard parts.count == 2, counts[parts[0]] != nil,
                let count = Int(parts[1]), (0...Self.mostWorkersPerPool).contains(count)
            else {
                throw SupervisorError(
                    .badFleet,
                    "Cannot read the number of workers in \"\(item)\". Write for instance asr=2,dialog=1; the pools are "
                        + "\(Self.pools.joined(separator: ", ")), the number is 0 to \(Self.mostWorkersPerPool).")
            }
            counts[parts[0]] = count
        }
        processes =
            [ProcessSpec(name: "gateway", program: "gateway", role: .gateway)]
            + Self.pools.flatMap { pool in
                (0..<(counts[pool] ?? 0)).map {
                    ProcessSpec(name: "\(pool)-\($0 + 1)", program: "\(pool)-worker", role: .worker)
                }
            }
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
