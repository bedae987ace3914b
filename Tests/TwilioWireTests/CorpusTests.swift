import FuzzTargets
import Glibc
import Testing

/// The fuzzers' inputs, and neighbours of theirs, through the same functions: what was found once stays found without libFuzzer.
@Suite struct CorpusTests {
    private static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fuzz/Corpus/"

    private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let path = folder + target.rawValue
        let directory = try #require(opendir(path), "\(path)")
        defer { closedir(directory) }
        var result: [(String, [UInt8])] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard !name.hasPrefix(".") else { continue }
            let file = try #require(fopen("\(path)/\(name)", "r"), "\(name)")
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 100_000)
            bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
            result.append((name, bytes))
        }
        return result.sorted { $0.0 < $1.0 }
    }

    @Test(arguments: FuzzTarget.allCases)
    func everythingHoldsForTheCorpus(target: FuzzTarget) throws {
        let inputs = try Self.inputs(target)
        #expect(inputs.count >= 15)
        #expect(inputs.map(\.bytes.count).reduce(0, +) < 75_000)
        for (name, bytes) in inputs {
            if let fault = target.fault(bytes) { Issue.record("\(name): \(fault)") }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func everythingHoldsNearTheCorpus(target: FuzzTarget) throws {
        let seed = getenv("MAANE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        var dice = SplitMix(state: seed)
        let inputs = try Self.inputs(target).map(\.bytes).filter { (1...1000).contains($0.count) }
        for _ in 0..<1_000 {
            var bytes = inputs[Int.random(in: 0..<inputs.count, using: &dice)]
            let other = inputs[Int.random(in: 0..<inputs.count, using: &dice)]
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let place = Int.random(in: 0...bytes.count, using: &dice)
                switch Int.random(in: 0..<5, using: &dice) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
                case 1: bytes.insert(contentsOf: other.prefix(Int.random(in: 0...other.count, using: &dice)), at: place)
                case 2: bytes.removeSubrange(place...)
                case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &dice) }
                default: if place < bytes.count { bytes.remove(at: place) }
                }
            }
            if let fault = target.fault(bytes) { Issue.record("\(fault); seed \(seed): \(bytes)") }
        }
    }
}
