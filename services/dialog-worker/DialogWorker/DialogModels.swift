import Business
import Logging
import ProviderKit

/// The models of a process and what is known of their health: one for all gateways and all calls.
package struct DialogModels: Sendable {
    /// In the order of the configuration.
    package let models: [any LanguageModel]
    package let chain: ProviderChain

    package init(_ models: [any LanguageModel], logger: Logger, now: @escaping @Sendable () -> Int64 = ProviderChain.clock()) {
        self.models = models
        chain = ProviderChain(stage: "dialog", names: models.map(\.name), logger: logger, now: now)
    }

    /// The business's own order, or the configuration's.
    func order(of business: BusinessProfile) -> [Int] {
        business.providers.dialog.isEmpty ? Array(models.indices) : chain.order(of: business.providers.dialog)
    }

    /// What of the configuration cannot work, each with its remedy.
    package func faults(_ businesses: [BusinessProfile]) -> [String] {
        var faults = [mixture(Array(models.indices), "DIALOG_PROVIDERS")]
        faults += ProviderRules.faults(of: businesses, \.dialog, "dialog", installed: chain.names, variable: "DIALOG_PROVIDERS")
        for business in businesses where !business.providers.dialog.isEmpty {
            faults.append(mixture(order(of: business), "`providers` of the business \(business.id)"))
        }
        // With an order of its own for every business, the configuration's is only a list.
        if !businesses.isEmpty, businesses.allSatisfy({ !$0.providers.dialog.isEmpty }) { faults.removeFirst() }
        return faults.compactMap { $0 }
    }

    /// The receptionist understands only the answers that it has asked for, and finds its place by walking through the log: in the middle of
    /// another's conversation it would begin again.
    private func mixture(_ order: [Int], _ place: String) -> String? {
        let names = order.map { chain.names[$0] }
        guard names.contains("local"), order.contains(where: { models[$0].waitsForOthers }) else { return nil }
        return
            "\(place): local beside \(names.filter { $0 != "local" }.joined(separator: ", ")): it is for whole calls and cannot go on with another's; leave one of them out"
    }
}
