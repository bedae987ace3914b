import Audio
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Signing

/// A Twilio account that lives in this process: it makes calls to an application and serves the account API.
///
/// ```swift
/// let account = SimulatedAccount(accountSid: sid, authToken: token)
/// try await account.start(restPort: 0)
/// let result = try await account.call(account.plan(from: "+972501234567", to: "+97235550100", route: route, script: script, voice: voice))
/// await account.stop()
/// ```
package final class SimulatedAccount: Sendable {
    private struct State {
        var calls: [String: Call] = [:]
        var server: RESTServer?
    }

    package let accountSid: String
    private let authToken: String
    private let group: any EventLoopGroup
    private let state = NIOLockedValueBox(State())

    package init(accountSid: String, authToken: String, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.group = group
    }

    /// Starts the account API.
    /// - Parameter restPort: 0 = any free port.
    /// - Throws: ``SimulatorFailure`` when the port is in use.
    package func start(restPort: Int = 0) async throws {
        let server = try await RESTServer.start(host: "127.0.0.1", port: restPort, group: group) { await self.answer($0) }
        state.withLockedValue { $0.server = server }
    }

    package func stop() async {
        let server = state.withLockedValue { state in
            defer { state.server = nil }
            return state.server
        }
        await server?.stop()
    }

    /// Address of the account API, for TWILIO_API_BASE_URL; empty before ``start(restPort:)``.
    package var restBaseURL: String {
        state.withLockedValue { $0.server.map { "http://127.0.0.1:\($0.port)" } } ?? ""
    }

    /// A call with this account's credentials.
    package func plan(from: String, to: String, route: Route, script: CustomerScript, voice: any CustomerVoice) -> CallPlan {
        var plan = CallPlan(
            accountSid: accountSid, authToken: authToken, from: from, to: to, route: route, script: script, voice: voice)
        plan.restBaseURL = restBaseURL
        return plan
    }

    /// Makes one call and returns when it is over. Several may run at once.
    /// - Throws: ``SimulatorFailure`` when it cannot begin. How it went is in the report.
    package func call(_ plan: CallPlan) async throws -> CallResult {
        let call = Call(plan: plan, eventLoop: group.next())
        add(call)
        return try await call.run()
    }

    /// Makes a call known to the account API. Ended calls stay known, so that late updates get 21220 and not 20404.
    func add(_ call: Call) { state.withLockedValue { $0.calls[call.callSid] = call } }

    func answer(_ request: RESTRequest) async -> RESTAnswer {
        let expected = "Basic " + Base64.encode(Array("\(accountSid):\(authToken)".utf8))
        guard request.authorization == expected else { return .error(20003, status: 401, "Authenticate") }
        let unknown = RESTAnswer.error(20404, status: 404, "The requested resource \(request.path) was not found")
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count == 5, parts[0] == "2010-04-01", parts[1] == "Accounts", parts[2] == accountSid else { return unknown }
        let dot = parts[4].firstIndex(of: ".") ?? parts[4].endIndex
        let (sid, suffix) = (String(parts[4][..<dot]), String(parts[4][dot...]))
        let calls = state.withLockedValue { $0.calls }
        switch (request.method, parts[3], suffix) {
        case ("POST", "Calls", ".json"):
            guard let call = calls[sid] else { return unknown }
            return await call.update(request.form)
        case ("GET", "Calls", ".json"):
            guard let call = calls[sid] else { return unknown }
            return await call.resource()
        case ("GET", "Recordings", ""), ("GET", "Recordings", ".wav"):
            for call in calls.values {
                if let audio = await call.recordedAudio(sid) { return RESTAnswer(wave: WAV.write(MuLaw.decode(audio), sampleRate: MuLaw.sampleRate)) }
            }
            return unknown
        default:
            return unknown
        }
    }
}
