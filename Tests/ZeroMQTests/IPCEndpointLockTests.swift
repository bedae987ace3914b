import Glibc
import TestSupport
import Testing
import ZeroMQ

@Suite struct IPCEndpointLockTests {
    @Test func aSecondBinderIsRefusedUntilTheFirstIsGone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/bus"
        let first = try IPCEndpointLock(path: path)
        #expect(first.endpoint == "ipc://" + path)
        let error = #expect(throws: ZeroMQError.self) { try IPCEndpointLock(path: path) }
        #expect(error?.code == .endpointTaken)
        #expect(error?.description.contains("Stop it first") == true)
        first.release()
        _ = try IPCEndpointLock(path: path)
        // Released by deinit, too.
        _ = try IPCEndpointLock(path: path)
    }

    @Test func aStaleSocketIsRemovedButOnlyUnderTheLock() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/bus"
        try makeSocketFile(path)
        let lock = try IPCEndpointLock(path: path)
        #expect(access(path, F_OK) != 0)
        try makeSocketFile(path)
        #expect(throws: ZeroMQError.self) { try IPCEndpointLock(path: path) }
        #expect(access(path, F_OK) == 0)
        lock.release()
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/bus"
        Glibc.close(open(path, O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: ZeroMQError.self) { try IPCEndpointLock(path: path) }
        #expect(error?.code == .endpointPath)
        #expect(access(path, F_OK) == 0)
        // The failed attempt must not keep the lock.
        unlink(path)
        _ = try IPCEndpointLock(path: path)
    }

    @Test func pathsThatDoNotFitAreRefused() throws {
        let directory = try TemporaryDirectory()
        let room = 107 - directory.path.utf8.count - 1
        _ = try IPCEndpointLock(path: directory.path + "/" + String(repeating: "x", count: room))
        let error = #expect(throws: ZeroMQError.self) {
            try IPCEndpointLock(path: directory.path + "/" + String(repeating: "x", count: room + 1))
        }
        #expect(error?.code == .endpointPath)
        #expect(throws: ZeroMQError.self) { try IPCEndpointLock(path: directory.path + "/absent/bus") }
        #expect(throws: ZeroMQError.self) { try IPCEndpointLock(path: "") }
    }

    /// The longest permitted path is one that the library really binds.
    @Test func theLongestPathCanBeBound() throws {
        let directory = try TemporaryDirectory()
        let room = 107 - directory.path.utf8.count - 1
        let lock = try IPCEndpointLock(path: directory.path + "/" + String(repeating: "x", count: room))
        let socket = try ZeroMQSocket(context: try ZeroMQContext(), kind: .router)
        try socket.bind(lock.endpoint)
        #expect(access(lock.path, F_OK) == 0)
    }

    private func makeSocketFile(_ path: String) throws {
        try #require(mknod(path, S_IFSOCK | 0o600, 0) == 0)
    }
}
