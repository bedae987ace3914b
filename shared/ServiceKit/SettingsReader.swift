import Configuration
import Foundation
import Synchronization
import SystemPackage

/// Everything that is wrong with a process's configuration, named together: an operator should not mend one line per restart.
package struct ConfigurationError: Error, CustomStringConvertible {
    package let faults: [String]
    package init(faults: [String]) { self.faults = faults }
    package var description: String {
        faults.count == 1
            ? "configuration: \(faults[0])" : "configuration, \(faults.count) faults:\n" + faults.map { "  - \($0)" }.joined(separator: "\n")
    }
}

/// Reads settings by the names of their environment variables: environment first, then systemd's credentials, then the
/// file named by MAANE_CONFIG (lines of NAME=value). Faults are collected; `finish` throws them all.
package final class SettingsReader: Sendable {
    private let reader: ConfigReader
    private let found = Mutex<[String]>([])
    package var faults: [String] { found.withLock { $0 } }

    package init(reader: ConfigReader) { self.reader = reader }

    /// The process's environment and the files that it names.
    package static func forProcess(_ environment: [String: String]) async throws(ConfigurationError) -> SettingsReader {
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider(environmentVariables: environment)]
        if let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty {
            providers.append(EnvironmentVariablesProvider(environmentVariables: credentials(in: directory), secretsSpecifier: .all))
        }
        if let file = environment["MAANE_CONFIG"], !file.isEmpty {
            do {
                providers.append(try await EnvironmentVariablesProvider(environmentFilePath: FilePath(file)))
            } catch {
                throw ConfigurationError(faults: ["MAANE_CONFIG: \(file) cannot be read (\(error)); correct the path or unset the variable"])
            }
        }
        return SettingsReader(reader: ConfigReader(providers: providers))
    }

    /// What systemd's LoadCredential= laid down: one file for each variable, named as it.
    private static func credentials(in directory: String) -> [String: String] {
        var values: [String: String] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard let content = FileManager.default.contents(atPath: directory + "/" + name) else { continue }
            values[name] = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return values
    }

    /// For tests: settings from a dictionary.
    package convenience init(_ values: [String: String]) {
        self.init(reader: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values)))
    }

    package func fault(_ variable: String, _ message: String) { found.withLock { $0.append("\(variable): \(message)") } }

    /// nil when unset or empty.
    package func optional(_ variable: String, secret: Bool = false) -> String? {
        // PORT is `port`, PUBLIC_BASE_URL is `public.base.url`: the provider turns the key into the variable again.
        let key = ConfigKey(variable.lowercased().split(separator: "_").map(String.init))
        guard let value = reader.string(forKey: key, isSecret: secret), !value.isEmpty else { return nil }
        return value
    }

    package func string(_ variable: String, default fallback: String) -> String { optional(variable) ?? fallback }

    package func required(_ variable: String, secret: Bool = false, _ remedy: String) -> String {
        if let value = optional(variable, secret: secret) { return value }
        fault(variable, "is not set; \(remedy)")
        return ""
    }

    package func integer(_ variable: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = optional(variable) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            fault(variable, "\(text) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    package func flag(_ variable: String, default fallback: Bool) -> Bool {
        guard let text = optional(variable) else { return fallback }
        switch text.lowercased() {
        case "1", "true", "on", "yes": return true
        case "0", "false", "off", "no": return false
        default:
            fault(variable, "\(text) is neither on nor off")
            return fallback
        }
    }

    /// Comma-separated, order kept, each one of `allowed`.
    package func list(_ variable: String, default fallback: [String], allowed: [String]) -> [String] {
        guard let text = optional(variable) else { return fallback }
        let items = text.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        for item in items where !allowed.contains(item) {
            fault(variable, "\(item) is not known here; known are \(allowed.joined(separator: ", "))")
        }
        if items.isEmpty { fault(variable, "is an empty list") }
        return items
    }

    package func finish() throws(ConfigurationError) {
        let faults = faults
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
