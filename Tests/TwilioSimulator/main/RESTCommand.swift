import ArgumentParser
import TwilioSimulatorKit

/// The account API alone, for tests of programs that use it.
struct RESTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rest", abstract: "Serves the account API alone; prints every request and its answer. Ends with its standard input.")

    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String

    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String

    @Option(help: "Port; 0 = any.")
    var port: Int = 0

    @Option(help: "A call that is in progress; may be given several times.")
    var call: [String] = []

    @Option(help: "Answer the first --fault-times requests with this HTTP status (429, 500, 400 = call not in progress).")
    var faultStatus: Int?

    @Option(help: "How many requests fail; all when absent.")
    var faultTimes: Int?

    @Option(help: "Extra milliseconds before every answer.")
    var slowMs: Int?

    func run() async throws {
        let account = SimulatedAccount(accountSid: accountSid, authToken: authToken) { Console.out("\($0)\n  → \($1)") }
        for sid in call { account.addPhantom(sid) }
        var faults: [Fault] = []
        if let faultStatus {
            var fault = Fault(.rest)
            (fault.status, fault.times) = (faultStatus, faultTimes)
            faults.append(fault)
        }
        if let slowMs { faults.append(Fault(.slow, ms: slowMs, target: "rest")) }
        account.setFaults(faults)
        do {
            try await account.start(restPort: port)
            Console.out("account API: \(account.restBaseURL)")
            // Until the one who started it goes away.
            while readLine() != nil {}
            await account.stop()
        } catch let failure as SimulatorFailure {
            Console.error(failure.description)
            throw ExitCode.failure
        }
    }
}
