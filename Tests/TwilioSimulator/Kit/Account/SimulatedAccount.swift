import Audio
import AudioMP3
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
        /// Calls that nobody makes: they take updates and remember them.
        var phantoms: [String: PhantomCall] = [:]
        var messages = MessageBook()
        var faults = FaultBoard([])
        var server: RESTServer?
    }

    package let accountSid: String
    private let authToken: String
    private let group: any EventLoopGroup
    private let state = NIOLockedValueBox(State())
    private let watch: (@Sendable (_ request: String, _ answer: String) -> Void)?

    /// - Parameter watch: told of every request to the account API, and of its answer.
    package init(
        accountSid: String, authToken: String, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        watch: (@Sendable (_ request: String, _ answer: String) -> Void)? = nil
    ) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.group = group
        self.watch = watch
    }

    /// Starts the account API.
    /// - Parameter restPort: 0 = any free port.
    /// - Throws: ``SimulatorFailure`` when the port is in use.
    package func start(restPort: Int = 0) async throws {
        let server = try await RESTServer.start(host: "127.0.0.1", port: restPort, group: group) { await self.answer($0) }
        state.withLockedValue { $0.server = server }
    }

    package func stop() async {
        let (server, calls) = state.withLockedValue { state in
            defer { state.server = nil }
            return (state.server, Array(state.calls.values))
        }
        for call in calls { await call.releaseFrozen() }
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

    /// A call that nobody makes, for tests of REST clients.
    package func addPhantom(_ sid: String) {
        state.withLockedValue { $0.phantoms[sid] = PhantomCall(accountSid: accountSid, sid: sid) }
    }

    /// Faults of requests that belong to no simulated call.
    package func setFaults(_ faults: [Fault]) { state.withLockedValue { $0.faults = FaultBoard(faults) } }

    /// The messages that were taken, in order.
    package var messages: [SentMessage] { state.withLockedValue { $0.messages.messages } }

    /// The updates that a phantom took.
    package func updates(of phantom: String) -> [[FormField]] { state.withLockedValue { $0.phantoms[phantom]?.updates ?? [] } }

    /// A call's report as it stands: fetches of recordings come after the call.
    package func report(of sid: String) async -> CallReport? { await state.withLockedValue { $0.calls[sid] }?.report }

    // MARK: The account API

    func answer(_ request: RESTRequest) async -> RESTAnswer {
        let answer = await judged(request)
        watch?(
            "\(request.method) \(request.path) \(FormCoding.encode(request.form))",
            "\(answer.status) \(answer.contentType == "application/json" ? String(decoding: answer.body, as: UTF8.self) : "\(answer.body.count) bytes")"
        )
        return answer
    }

    private func judged(_ request: RESTRequest) async -> RESTAnswer {
        let expected = "Basic " + Base64.encode(Array("\(accountSid):\(authToken)".utf8))
        guard request.authorization == expected else { return .error(20003, status: 401, "Authenticate") }
        let unknown = RESTAnswer.error(20404, status: 404, "The requested resource \(request.path) was not found")
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 4, parts[0] == "2010-04-01", parts[1] == "Accounts", parts[2] == accountSid else { return unknown }
        // A recording's own path may stand below its call.
        let tail = Array(parts.count == 7 && parts[3] == "Calls" ? parts[5...] : parts[3...])
        let last = tail[tail.count - 1]
        let dot = last.firstIndex(of: ".") ?? last.endIndex
        let target = RESTTarget(
            method: request.method, collection: tail.count == 1 ? String(last[..<dot]) : tail[0],
            sid: tail.count == 1 ? nil : String(last[..<dot]), suffix: String(last[dot...]))
        guard tail.count <= 2 else { return unknown }
        let call = await owner(of: target)
        let (verdict, delay) = await self.verdict(on: target, call)
        if delay > 0 { try? await Task.sleep(for: .milliseconds(delay)) }
        switch verdict {
        case .answer: return await serve(target, request.form, call) ?? unknown
        case .instead(let answer): return answer
        case .silence(let done):
            if done { _ = await serve(target, request.form, call) }
            // Longer than any client waits.
            try? await Task.sleep(for: .seconds(120))
            return .error(20500, status: 500, "too late")
        }
    }

    private func verdict(on target: RESTTarget, _ call: Call?) async -> (RESTVerdict, Int) {
        let name = target.collection.lowercased()
        if let call { return await call.verdict(on: name) }
        return state.withLockedValue { state in
            let moment = FaultBoard.Moment(second: 0, stream: 0, utterances: 0)
            return (state.faults.verdict(on: name, at: moment), state.faults.fault(.slow, at: moment, target: "rest")?.ms ?? 0)
        }
    }

    private func owner(of target: RESTTarget) async -> Call? {
        guard let sid = target.sid else { return nil }
        let calls = state.withLockedValue { $0.calls }
        if let call = calls[sid] { return call }
        for call in calls.values {
            if target.collection == "Recordings", await call.recording(sid) != nil { return call }
            if target.collection == "Calls", await call.child(sid) != nil { return call }
        }
        return nil
    }

    private func serve(_ target: RESTTarget, _ form: [FormField], _ call: Call?) async -> RESTAnswer? {
        switch (target.method, target.collection, target.suffix) {
        case ("POST", "Calls", ".json"):
            guard let sid = target.sid else { return nil }
            guard let call else { return state.withLockedValue { $0.phantoms[sid]?.update(form) } }
            return sid == call.callSid ? await call.update(form) : await call.updateChild(sid, form)
        case ("GET", "Calls", ".json"):
            guard let sid = target.sid else { return nil }
            guard let call else { return state.withLockedValue { $0.phantoms[sid]?.resource } }
            return sid == call.callSid ? await call.resource() : await call.child(sid)
        case ("GET", "Recordings", _), ("DELETE", "Recordings", _):
            guard let call, let sid = target.sid else { return nil }
            return await recording(target, sid, call)
        case ("POST", "Messages", ".json") where target.sid == nil:
            return state.withLockedValue { $0.messages.send(form, accountSid: accountSid) }
        case ("GET", "Messages", ".json"):
            return target.sid.flatMap { sid in state.withLockedValue { $0.messages.find(sid) } }?.answer(status: 200, accountSid: accountSid)
        default:
            return nil
        }
    }

    /// Media is there when the status callback says so, not before (contract, sections 2 and 5).
    private func recording(_ target: RESTTarget, _ sid: String, _ call: Call) async -> RESTAnswer? {
        guard let recording = await call.recording(sid) else { return nil }
        if target.method == "DELETE" { return await call.deleteRecording(sid) ? RESTAnswer(status: 204, json: "") : nil }
        if target.suffix == ".json" {
            let text = RESTAnswer.text
            let uri = "/2010-04-01/Accounts/\(accountSid)/Recordings/\(sid)"
            return RESTAnswer(
                status: 200,
                members: [
                    ("sid", text(sid)), ("account_sid", text(accountSid)), ("call_sid", text(call.callSid)), ("status", text(recording.status)),
                    ("duration", text(recording.isReady ? recording.seconds : "-1")), ("channels", "1"), ("source", text("RecordVerb")),
                    ("media_url", text(restBaseURL + uri)), ("error_code", "null"), ("encryption_details", "null"), ("price", "null"),
                    ("price_unit", text("USD")), ("api_version", text("2010-04-01")), ("uri", text(uri + ".json")), ("subresource_uris", "{}"),
                ])
        }
        guard recording.isReady, !recording.isDeleted, ["", ".wav", ".mp3"].contains(target.suffix) else { return nil }
        let pcm = MuLaw.decode(recording.audio)
        if target.suffix == ".mp3" {
            guard let mp3 = try? MP3Encoder.file(pcm, sampleRate: MuLaw.sampleRate) else { return nil }
            await call.recordingFetched(sid)
            return RESTAnswer(audio: mp3, type: "audio/mpeg")
        }
        await call.recordingFetched(sid)
        return RESTAnswer(audio: WAV.write(pcm, sampleRate: MuLaw.sampleRate), type: "audio/x-wav")
    }
}

/// The part of a request's path that says what it is about.
private struct RESTTarget: Sendable {
    var method: String
    /// `Calls`, `Recordings`, `Messages`.
    var collection: String
    var sid: String?
    var suffix: String
}

/// A call that only the account API knows.
struct PhantomCall: Sendable {
    private let accountSid: String
    private let sid: String
    private let began = TwilioFormat.date()
    private var hasEnded = false
    private(set) var updates: [[FormField]] = []

    init(accountSid: String, sid: String) {
        self.accountSid = accountSid
        self.sid = sid
    }

    var resource: RESTAnswer {
        CallResource(
            accountSid: accountSid, sid: sid, parent: nil, from: "+972501234567", to: "+97235550100", status: hasEnded ? "completed" : "in-progress",
            direction: "inbound", started: began, ended: hasEnded ? TwilioFormat.date() : nil, seconds: hasEnded ? 1 : nil
        ).answer
    }

    mutating func update(_ form: [FormField]) -> RESTAnswer {
        guard !hasEnded else { return .error(21220, status: 400, "Call is not in-progress. Cannot redirect.") }
        if let twiml = form.first(where: { $0.name == "Twiml" })?.value {
            guard twiml.unicodeScalars.count <= 4000 else { return .error(32018, status: 400, "Twiml has more than 4000 characters") }
            let base = WebAddress(scheme: "https", host: "localhost", port: nil, target: "/")
            do { _ = try TwiMLReader.read(Array(twiml.utf8), source: DocumentSource(url: base, isCallUpdate: true, loopback: true)) } catch {
                return .error(error.code, status: 400, error.message)
            }
        }
        updates.append(form)
        if form.contains(FormField("Status", "completed")) { hasEnded = true }
        return resource
    }
}
