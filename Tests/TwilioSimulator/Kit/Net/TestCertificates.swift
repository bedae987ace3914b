import FoundationEssentials
import Subprocess

/// A private authority and a server certificate, made with the `openssl` program for one test.
package struct TestCertificates: Sendable {
    /// PEM files.
    package let authority: String
    package let certificate: String
    package let key: String

    /// - Parameters:
    ///   - folder: made when it is missing; the caller removes it.
    ///   - host: the name the certificate is for; 127.0.0.1 and localhost are in it too.
    /// - Throws: ``SimulatorFailure`` when openssl is missing or fails.
    package static func make(in folder: String, host: String) async throws -> TestCertificates {
        let files = TestCertificates(authority: folder + "/ca.pem", certificate: folder + "/server.pem", key: folder + "/server.key")
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw SimulatorFailure(.file, "\(folder) cannot be made", cause: error)
        }
        let request = folder + "/server.csr"
        try ResultFiles.write(
            Array("subjectAltName=DNS:\(host),DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n".utf8),
            to: folder, name: "server.ext")
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try await openssl(
            ["req", "-x509"] + curve + [
                "-keyout", folder + "/ca.key", "-out", files.authority, "-days", "2", "-subj", "/CN=Maane test authority", "-addext",
                "basicConstraints=critical,CA:TRUE",
            ])
        try await openssl(["req"] + curve + ["-keyout", files.key, "-out", request, "-subj", "/CN=\(host)"])
        try await openssl([
            "x509", "-req", "-in", request, "-CA", files.authority, "-CAkey", folder + "/ca.key", "-CAcreateserial", "-out", files.certificate,
            "-days", "2", "-extfile", folder + "/server.ext",
        ])
        return files
    }

    private static func openssl(_ arguments: [String]) async throws {
        do {
            let result = try await run(.name("openssl"), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 65_536))
            guard result.terminationStatus.isSuccess else {
                throw SimulatorFailure(.file, "openssl \(arguments[0]) failed: \(result.standardError)")
            }
        } catch let failure as SimulatorFailure {
            throw failure
        } catch {
            throw SimulatorFailure(.file, "openssl could not be run; install the package openssl", cause: error)
        }
    }
}
