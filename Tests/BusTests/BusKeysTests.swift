import Bus
import BusContract
import Glibc
import TestSupport
import Testing
import ZeroMQ

@Suite struct BusKeysTests {
    private func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        try #require(fchmod(descriptor, mode) == 0)
    }

    @Test func whatIsWrittenIsRead() throws {
        let directory = try TemporaryDirectory()
        let (gateway, worker) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        try BusKeyFiles.write(gateway, to: directory.path + "/gateway")
        try BusKeyFiles.write(worker, to: directory.path + "/worker")
        var status = stat()
        #expect(stat(directory.path + "/worker.secret", &status) == 0 && status.st_mode & 0o777 == 0o600)
        let hub = try BusKeys(
            secretKeyFile: directory.path + "/gateway.secret", authorisedKeysFile: directory.path + "/worker.public", serverKeyFile: nil)
        let link = try BusKeys(
            secretKeyFile: directory.path + "/worker.secret", authorisedKeysFile: nil, serverKeyFile: directory.path + "/gateway.public")
        #expect(hub.pair == gateway && link.pair == worker)
        #expect(hub.authorised?.admits(worker.publicKey) == true)
        #expect(hub.authorised?.admits(gateway.publicKey) == false)
        #expect(link.gateway == gateway.publicKey)
        let error = #expect(throws: BusKeyError.self) { try BusKeyFiles.write(worker, to: directory.path + "/worker") }
        #expect(error?.code == .exists)
        #expect(try BusKeyFiles.oneKey(in: directory.path + "/worker.secret", secret: true) == worker.secretKey)
    }

    @Test func aSecretThatOthersCanReadIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/key"
        let pair = try CurveKeyPair.generate()
        for (mode, refused) in [(0o600, false), (0o400, false), (0o440, false), (0o644, true), (0o604, true), (0o620, true)] as [(mode_t, Bool)] {
            try write(pair.secretKey.z85 + "\n", to: path, mode: mode)
            if refused {
                let error = #expect(throws: BusKeyError.self) { try BusKeyFiles.oneKey(in: path, secret: true) }
                #expect(error?.code == .permissions && error?.message.contains("chmod 600") == true)
            } else {
                #expect(try BusKeyFiles.oneKey(in: path, secret: true) == pair.secretKey)
            }
            unlink(path)
        }
    }

    @Test func filesThatAreNotKeysAreRefusedAndNotQuoted() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/key"
        let key = try CurveKeyPair.generate().secretKey.z85
        for text in ["", "\n# remark\n", "\(key)\n\(key)\n", "\(key)x", String(key.dropLast()), "a password"] {
            try write(text, to: path)
            let error = #expect(throws: BusKeyError.self) { try BusKeyFiles.oneKey(in: path, secret: true) }
            #expect(error?.code == .form)
            #expect(error?.description.contains(key.prefix(10)) == false)
        }
        try write("  \(key) my laptop\r\n\n# old\n", to: path)
        #expect(try BusKeyFiles.oneKey(in: path, secret: true).z85 == key)
        #expect(throws: BusKeyError.self) { try BusKeyFiles.oneKey(in: directory.path, secret: false) }
        let absent = #expect(throws: BusKeyError.self) { try BusKeyFiles.oneKey(in: path + "x", secret: false) }
        #expect(absent?.code == .file && absent?.description.contains("No such file") == true)
    }

    @Test func theListOfWorkersMayChangeWhileTheGatewayRuns() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/workers"
        let keys = try (0..<3).map { _ in try CurveKeyPair.generate().publicKey }
        try write("\(keys[0].z85) asr on host a\n", to: path)
        var list = try AuthorisedKeys(file: path)
        try write("\(keys[0].z85)\n\(keys[1].z85)\n", to: path)
        try list.refresh()
        #expect(list.keys == Set(keys[...1]))
        try write("nonsense\n", to: path)
        #expect(throws: BusKeyError.self) { try list.refresh() }
        try list.refresh()
        #expect(list.keys == Set(keys[...1]), "a broken list is complained of once and changes nothing")
        unlink(path)
        #expect(throws: BusKeyError.self) { try list.refresh() }
        try write("\(keys[2].z85)\n", to: path)
        try list.refresh()
        #expect(list.keys == [keys[2]])
    }

    @Test(arguments: [
        ("ipc:///run/maane", false), ("tcp://127.0.0.1:5550", false), ("tcp://localhost:5550", false), ("tcp://10.0.0.7:5550", true),
        ("tcp://*:5550", true), ("tcp://0.0.0.0:5550", true), ("tcp://127.evil.example:5550", true), ("tcp://gateway:5550", true),
    ])
    func aNetworkNeedsKeys(address: String, needed: Bool) async throws {
        let endpoints = try BusEndpoints(address)
        #expect(BusSecurity.needsKeys(endpoints) == needed)
        let pair = try CurveKeyPair.generate()
        if needed {
            for role in [BusSecurity.Role.gateway, .worker] {
                for keys in [nil, BusKeys(pair: pair)] {
                    let error = #expect(throws: BusKeyError.self) { try BusSecurity.curve(endpoints, keys, role) }
                    #expect(error?.code == .missing)
                    #expect(error?.message.contains("MAANE_BUS_") == true)
                }
            }
            await #expect(throws: BusKeyError.self) { _ = try await ZeroMQHub(endpoints: endpoints) { _ in } }
        } else {
            #expect(try BusSecurity.curve(endpoints, nil, .worker) == nil)
        }
        if address.hasPrefix("tcp") {
            #expect(try BusSecurity.curve(endpoints, BusKeys(pair: pair, gateway: pair.publicKey), .worker) == .client(pair, server: pair.publicKey))
        } else {
            #expect(try BusSecurity.curve(endpoints, BusKeys(pair: pair), .gateway) == nil)
        }
    }
}
