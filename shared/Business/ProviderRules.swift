/// What a list of providers may be, for a stage and for a business.
package enum ProviderRules {
    /// - Parameter embedded: what works on whole calls and alone: the embedded recogniser hears only what its own receptionist has asked for.
    /// - Returns: what is wrong, each with the remedy.
    package static func faults(inOrder names: [String], embedded: [String]) -> [String] {
        var faults: [String] = []
        if Set(names).count < names.count { faults.append("names a provider twice; once is enough") }
        if let alone = names.first(where: embedded.contains), names.count > 1 {
            faults.append("\(alone) cannot take over a call that another one has begun; name it alone, or leave it out")
        }
        return faults
    }

    /// A business may only order what the installation has.
    package static func faults(
        of businesses: [BusinessProfile], _ stage: KeyPath<ProviderOrders, [String]>, _ name: String, installed: [String], variable: String
    ) -> [String] {
        businesses.compactMap { business in
            let unknown = business.providers[keyPath: stage].filter { !installed.contains($0) }
            guard !unknown.isEmpty else { return nil }
            return "the business \(business.id) names \(unknown.joined(separator: ", ")) in `providers.\(name)`, which \(variable) does not have; "
                + "add it there, or take it out here"
        }
    }
}
