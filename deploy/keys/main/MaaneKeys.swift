import ArgumentParser
import Bus
import Glibc
import ZeroMQ

@main
struct MaaneKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-keys",
        abstract: "Makes keys for a bus over tcp.",
        discussion: """
            Make a pair for the gateway and one for each worker's machine. The gateway gets its secret key (MAANE_BUS_SECRET_KEY_FILE) \
            and a file with the workers' public keys, one per line (MAANE_BUS_AUTHORISED_KEYS_FILE). A worker gets its secret key and \
            the gateway's public key (MAANE_BUS_SERVER_KEY_FILE). Secret keys stay on their machine.
            """,
        subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes a new pair to <path>.secret and <path>.public; overwrites nothing.")

        @Argument(help: "Where to, for instance /etc/maane/gateway.")
        var path: String

        func run() throws {
            do {
                let pair = try CurveKeyPair.generate()
                try BusKeyFiles.write(pair, to: path)
                print("\(path).secret\n\(path).public: \(pair.publicKey.z85)")
            } catch {
                // Not through ArgumentParser, which would add its usage and exit with 64.
                let text = "maane-keys: \(error)\n"
                _ = write(STDERR_FILENO, text, text.utf8.count)
                throw ExitCode(1)
            }
        }
    }
}
