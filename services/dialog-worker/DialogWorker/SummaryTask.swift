import Business
import Logging
import Metrics
import ProviderKit

/// Writes one summary within its time: by the first model that is well, or out of the log.
struct SummaryTask: Sendable {
    let request: SummaryRequest
    let models: DialogModels
    /// From now on.
    let deadline: Duration
    let logger: Logger

    /// What is left for the answer's way back, of the deadline that the gateway has set.
    static let margin = Duration.milliseconds(500)

    /// Always a summary: nothing of the call waits for a provider.
    func run() async -> String {
        let extractive = { ExtractiveSummary.text(business: request.business, log: request.log, lead: request.lead, outcome: request.outcome) }
        guard deadline > Self.margin, let index = models.chain.next(after: [], order: models.order(of: request.business)) else { return extractive() }
        let model = models.models[index]
        do {
            let text = try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { try await model.summary(of: request) }
                group.addTask {
                    try await Task.sleep(for: deadline - Self.margin)
                    throw ProviderFailure(.timeout, "no summary in time. Take a quicker model")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            models.chain.succeeded(index)
            return text ?? extractive()
        } catch {
            if !Task.isCancelled {
                let failure = error as? ProviderFailure ?? ProviderFailure(.broken, "\(error)")
                models.chain.failed(index, failure)
                Counter(label: "dialog_summaries_extracted_total").increment()
                logger.warning("a summary was put together from the log", metadata: ["provider": "\(model.name)", "reason": "\(failure)"])
            }
            return extractive()
        }
    }
}
