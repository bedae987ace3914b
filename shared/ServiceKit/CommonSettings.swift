import Bus
import BusContract
import Logging

/// What every process of the fleet reads.
package struct CommonSettings: Sendable {
    /// The gateway's bus; for a worker of several gateways, the first of `buses`.
    package var bus: BusEndpoints
    /// A worker serves every gateway that is named here.
    package var buses: [BusEndpoints]
    /// For a bus over tcp; nil without MAANE_BUS_SECRET_KEY_FILE.
    package var busKeys: BusKeys?
    /// Where a process may keep files of its own.
    package var stateDirectory: String
    package var logLevel: Logger.Level
    /// Callers' words appear in logs and on the tap.
    package var logTranscripts: Bool
    /// Name on the bus, for workers.
    package var workerName: String?

    /// - Parameter isGateway: a gateway has one bus, its own; a worker may have several, separated by commas.
    package init(_ reader: SettingsReader, isGateway: Bool = false) {
        let addresses = reader.string("MAANE_BUS", default: "ipc:///run/maane").split(separator: ",").map { String($0.filter { $0 != " " }) }
            .filter { !$0.isEmpty }
        buses = []
        for address in addresses {
            do {
                buses.append(try BusEndpoints(address))
            } catch {
                reader.fault("MAANE_BUS", error.message)
            }
        }
        if addresses.isEmpty { reader.fault("MAANE_BUS", "is an empty list; name a gateway's bus, for example ipc:///run/maane") }
        if isGateway, addresses.count > 1 {
            reader.fault("MAANE_BUS", "names \(addresses.count) addresses, and a gateway has one bus; several are for workers of several gateways")
        }
        if Set(addresses).count < addresses.count { reader.fault("MAANE_BUS", "names an address twice; once is enough") }
        bus = buses.first ?? .unusable
        busKeys = Self.busKeys(reader, buses)
        stateDirectory = reader.string("MAANE_STATE_DIR", default: "/var/lib/maane")
        let level = reader.string("LOG_LEVEL", default: "info")
        if let known = Logger.Level(rawValue: level) {
            logLevel = known
        } else {
            reader.fault("LOG_LEVEL", "\(level) is not one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            logLevel = .info
        }
        logTranscripts = reader.flag("LOG_TRANSCRIPTS", default: false)
        workerName = reader.optional("MAANE_WORKER_NAME")
    }

    /// The gateway has the list of its workers' keys, a worker the key of its gateway; a file of settings that all share may name both.
    private static func busKeys(_ reader: SettingsReader, _ buses: [BusEndpoints]) -> BusKeys? {
        let authorised = reader.optional("MAANE_BUS_AUTHORISED_KEYS_FILE")
        let server = reader.optional("MAANE_BUS_SERVER_KEY_FILE")
        guard let secret = reader.optional("MAANE_BUS_SECRET_KEY_FILE") else {
            if authorised != nil || server != nil {
                reader.fault("MAANE_BUS_SECRET_KEY_FILE", "is not set, but other keys of the bus are; name this process's own secret key")
            } else if buses.contains(where: BusSecurity.needsKeys) {
                reader.fault(
                    "MAANE_BUS_SECRET_KEY_FILE", "is not set; a bus over tcp beyond 127.0.0.1 needs keys: make them with maane-keys, or use ipc://")
            }
            return nil
        }
        if authorised == nil, server == nil {
            reader.fault(
                "MAANE_BUS_SECRET_KEY_FILE",
                "needs a companion: MAANE_BUS_AUTHORISED_KEYS_FILE for the gateway, MAANE_BUS_SERVER_KEY_FILE for a worker")
            return nil
        }
        do {
            return try BusKeys(secretKeyFile: secret, authorisedKeysFile: authorised, serverKeyFile: server)
        } catch {
            reader.fault("MAANE_BUS_*_FILE", error.description)
            return nil
        }
    }
}
