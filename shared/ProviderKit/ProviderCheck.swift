/// One provider asked once with a real sentence, for an owner who wants to know whether the key, the model and the address are right.
package struct ProviderCheck: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// - Parameters:
        ///   - milliseconds: from the end of what was given to it to the first of what it gives.
        ///   - what: what came, in words.
        case works(milliseconds: Int, what: String)
        /// Answers, and not as it should.
        case doubtful(milliseconds: Int, what: String)
        case failed(ProviderFailure)
    }

    /// The sentence that voices speak, recognisers hear and models answer.
    package static let sentence = "שלום, אני רוצה לקבוע פגישה מחר בבוקר."
    /// How long one provider may take for all of it; calls are far less patient.
    package static let patience = Duration.seconds(20)

    /// `asr`, `dialog` or `tts`.
    package let stage: String
    package let provider: String
    package let outcome: Outcome

    package init(stage: String, provider: String, outcome: Outcome) {
        self.stage = stage
        self.provider = provider
        self.outcome = outcome
    }

    package var works: Bool { if case .works = outcome { true } else { false } }

    /// One line; a failure has a second one with what helps.
    package var text: String {
        let head = Self.column(stage, 8) + Self.column(provider, 18)
        return switch outcome {
        case .works(let milliseconds, let what): head + Self.column("ok", 8) + Self.column("\(milliseconds) ms", 10) + what
        case .doubtful(let milliseconds, let what): head + Self.column("DOUBT", 8) + Self.column("\(milliseconds) ms", 10) + what
        case .failed(let failure): head + Self.column("FAILED", 8) + "\(failure)\n" + Self.column("", 34) + failure.kind.remedy
        }
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// Runs one attempt with its limit.
    /// - Parameter attempt: asks the provider; whatever it throws is a failure.
    package static func run(
        stage: String, provider: String, patience: Duration = patience, _ attempt: @escaping @Sendable () async throws -> Outcome
    ) async -> ProviderCheck {
        let outcome = await withTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                do {
                    return try await attempt()
                } catch let failure as ProviderFailure {
                    return .failed(failure)
                } catch is CancellationError {
                    return nil
                } catch {
                    return .failed(ProviderFailure(.broken, "\(error)"))
                }
            }
            group.addTask {
                guard (try? await Task.sleep(for: patience)) != nil else { return nil }
                return .failed(ProviderFailure(.timeout, "no answer within \(patience)"))
            }
            defer { group.cancelAll() }
            for await outcome in group { if let outcome { return outcome } }
            return .failed(ProviderFailure(.timeout, "ended without an answer"))
        }
        return ProviderCheck(stage: stage, provider: provider, outcome: outcome)
    }

    /// Whole milliseconds since an instant.
    package static func milliseconds(since start: ContinuousClock.Instant) -> Int {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}

extension ProviderFailure.Kind {
    /// What helps, in words for an owner: it tells a wrong key from a wrong model.
    package var remedy: String {
        switch self {
        case .auth: "The key or account is not accepted: check the key, and that its account may use this service."
        case .quota: "The key is accepted, and the account has nothing left: look at its balance and limits."
        case .rateLimited: "The key is accepted, and there were too many requests: try again in a minute, or raise the account's limit."
        case .refused: "The key is accepted, and the request is not: check the names of model, voice and language, and the base URL's path."
        case .unreachable: "Nobody answers there: check the base URL and the network."
        case .tls: "The connection is not trusted: check the base URL, the clock, and a proxy's certificate."
        case .timeout: "The connection stands, and nothing comes in time: try again, then look at the provider's status page."
        case .broken: "The provider is unwell or broke off: try again, then look at the provider's status page."
        case .garbage: "What came is no answer of this service: check the base URL; a proxy or a login page may answer there."
        case .empty: "It answers without a result: check the names of model, voice and language."
        default: "Look the code up in the provider's documents."
        }
    }
}
