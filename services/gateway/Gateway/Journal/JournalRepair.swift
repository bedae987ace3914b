/// A damaged file gives way to a new one. It is renamed, never deleted, and what can still be read of it goes to the new one.
struct JournalRepair {
    /// nil: none can be made.
    var file: JournalFile?
    /// The damaged file's new name; nil when it cannot be renamed.
    var setAside: String?
    var calls: [RecoveredCall] = []
    var facts = 0
    /// What went wrong besides, in words for the log.
    var failures: [String] = []

    static func replace(_ directory: String, limits: JournalLimits, atUnixMilliseconds now: Int64) -> JournalRepair {
        var repair = JournalRepair()
        let (calls, facts) = salvage(directory, limits: limits, at: now)
        (repair.calls, repair.facts) = (calls, facts.count)
        repair.setAside = JournalFiles.setAside(directory, unixSeconds: now / 1000)
        guard repair.setAside != nil else { return repair }
        do {
            let file = try JournalFile(directory: directory, limits: limits)
            repair.file = file
            do {
                try file.write(calls.flatMap(operations) + facts.map(JournalOperation.fact), at: now)
            } catch {
                repair.failures.append("what was saved of the damaged journal cannot be written: \(error)")
            }
        } catch {
            repair.failures.append("no new journal can be made; calls go on without: \(error)")
        }
        return repair
    }

    private static func salvage(_ directory: String, limits: JournalLimits, at now: Int64) -> (calls: [RecoveredCall], facts: [JournaledFact]) {
        guard let file = try? JournalFile(directory: directory, limits: limits, isSalvage: true) else { return ([], []) }
        defer { try? file.close() }
        let calls = (try? file.openCalls(at: now)) ?? []
        return (calls, (try? file.facts(after: 0, limit: .max)) ?? [])
    }

    /// A recovered call as the records that make it again.
    private static func operations(_ call: RecoveredCall) -> [JournalOperation] {
        let id = call.card.call
        var records: [JournalRecord] = [.accepted(call.card)]
        records += call.log.map { .turn(id, $0) } + call.open.map { .heard(id, $0) }
        if !call.lead.isEmpty { records.append(.lead(id, call.lead)) }
        return records.map(JournalOperation.record)
    }
}
