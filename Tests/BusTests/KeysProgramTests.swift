import Bus
import Glibc
import TestSupport
import Testing
import ZeroMQ

@Suite struct KeysProgramTests {
    @Test func itMakesAPairOnceAndOverwritesNothing() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/gateway"
        #expect(try run(["new", path]) == 0)
        let keys = try BusKeys(secretKeyFile: path + ".secret", authorisedKeysFile: path + ".public", serverKeyFile: path + ".public")
        #expect(keys.authorised?.admits(keys.pair.publicKey) == true && keys.gateway == keys.pair.publicKey)
        #expect(try run(["new", path]) == 1)
        unlink(path + ".public")
        #expect(try run(["new", path]) == 1, "half a pair is not overwritten either")
        #expect(try BusKeyFiles.oneKey(in: path + ".secret", secret: true) == keys.pair.secretKey)
        #expect(try run(["new", directory.path + "/absent/gateway"]) == 1)
    }

    /// The exit code of maane-keys, which lies beside the tests' own program.
    private func run(_ arguments: [String]) throws -> CInt {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let program = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex) + "/maane-keys"
        var argv = ([String(program)] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, String(program), nil, nil, &argv, environ)
        try #require(code == 0, "\(program) is not there")
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 { try #require(errno == EINTR) }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }
}
