import CallVocabulary

/// Every call that a webhook has announced, as a value: which business it reached, which stream may come for it, how it ended.
/// A call counts from its webhook. Duplicated and late webhooks find the same entry and get the same answer. Times are Unix seconds.
package struct CallBook: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let call: CallID
        package let business: BusinessID
        package let caller: String?
        package let called: String
        /// Number of the stream that may come next, from 1.
        package var generation: Int
        package var tokenExpires: Int64
        /// The latest generation whose stream has come.
        package var opened: Int
        package var outcome: CallOutcome?
        package var touched: Int64
        /// Unix milliseconds of its arrival: the call's clock begins here, in every life of the gateway.
        package var arrivedMilliseconds: Int64
        /// Streams that broke while this gateway lived: those are the line's fault, not ours.
        package var breaks = 0
        /// The call's slot is its own until then. Whoever has it renews it, so a callback that never comes costs a slot for this long only.
        package var lease: Int64 = 0
    }

    package enum Claim: Sendable, Equatable {
        case accepted(Entry)
        case refused(String)
    }

    package enum Continuation: Sendable, Equatable {
        /// The conversation is over, or was never ours.
        case hangUp
        /// Play the fallback and hang up.
        case fallback
        /// The stream broke: stream again, under this generation.
        case streamAgain(Entry)
    }

    /// A token is for one greeting and one connection: two minutes cover both.
    package static let tokenLife: Int64 = 120
    /// A line that breaks this often is told so instead of tried again.
    package static let breaks = 3
    /// A slot that nobody renews is free after this many seconds.
    package static let leaseLife: Int64 = 30
    /// How long an ended call is remembered, for late webhooks.
    package static let memory: Int64 = 600
    /// How long a call may go on without any sign before its entry is dropped. Twilio ends calls after four hours by default.
    package static let longest: Int64 = 4 * 3600

    /// Late webhooks and a long greeting.
    private static let grace: Int64 = 60

    private var entries: [CallID: Entry] = [:]

    package init() {}

    /// Calls that hold a slot.
    package func count(at now: Int64) -> Int { entries.values.count { $0.outcome == nil && $0.lease > now } }
    package func entry(_ call: CallID) -> Entry? { entries[call] }

    /// A call arrives, or its webhook is repeated.
    /// - Returns: nil when every slot is taken.
    package mutating func arrive(
        _ call: CallID, business: BusinessID, caller: String?, called: String, slots: Int, atMilliseconds milliseconds: Int64
    ) -> Entry? {
        let now = milliseconds / 1000
        if var known = entries[call] {
            // A repeated webhook before the stream gets the same token; one after it, a new generation, as its TwiML starts over.
            if known.opened == known.generation {
                known.generation += 1
                known.tokenExpires = now + Self.tokenLife
            }
            known.touched = now
            known.lease = max(known.lease, known.tokenExpires)
            entries[call] = known
            return known
        }
        guard count(at: now) < slots else { return nil }
        let entry = Entry(
            call: call, business: business, caller: caller, called: called, generation: 1, tokenExpires: now + Self.tokenLife, opened: 0,
            outcome: nil, touched: now, arrivedMilliseconds: milliseconds, lease: now + Self.tokenLife)
        entries[call] = entry
        return entry
    }

    /// A call of an earlier life of the gateway goes on in this one.
    package mutating func restore(_ entry: Entry) {
        guard entries[entry.call] == nil else { return }
        var entry = entry
        // A journal may be damaged: no number may stop the gateway.
        entry.tokenExpires = min(max(0, entry.tokenExpires), entry.touched + Self.tokenLife)
        entry.generation = min(max(1, entry.generation), 1_000_000)
        entry.opened = min(max(0, entry.opened), entry.generation)
        entries[entry.call] = entry
    }

    /// The call is being served: its slot stays its own.
    package mutating func renew(_ call: CallID, at now: Int64) {
        entries[call]?.lease = now + Self.leaseLife
        entries[call]?.touched = now
    }

    /// A stream has come with a token that verified. Single use: the second one of a generation is refused.
    package mutating func claim(_ call: CallID, generation: Int, at now: Int64) -> Claim {
        guard var entry = entries[call] else { return .refused("no such call") }
        guard entry.outcome == nil else { return .refused("the call has ended") }
        guard generation == entry.generation else { return .refused("a token of another generation") }
        guard generation > entry.opened else { return .refused("the token was used before") }
        entry.opened = generation
        entry.touched = now
        entry.lease = max(entry.lease, now + Self.leaseLife)
        entries[call] = entry
        return .accepted(entry)
    }

    /// Twilio asks what to do after the stream.
    package mutating func streamEnded(_ call: CallID, at now: Int64) -> Continuation {
        guard var entry = entries[call] else { return .hangUp }
        entry.touched = now
        defer { entries[call] = entry }
        switch entry.outcome {
        // A call that is ended by us in mid-word gets at least a spoken end.
        case .fallback, .failed, .maximumDuration: return .fallback
        case .some: return .hangUp
        case nil:
            // A repeated action request before its stream came gets the same generation again.
            if entry.opened == entry.generation {
                entry.breaks += 1
                guard entry.breaks <= Self.breaks else { return .fallback }
                entry.generation += 1
            }
            entry.tokenExpires = now + Self.tokenLife
            entry.lease = max(entry.lease, now + Self.leaseLife)
            return .streamAgain(entry)
        }
    }

    package mutating func finish(_ call: CallID, _ outcome: CallOutcome, at now: Int64) {
        entries[call]?.outcome = outcome
        entries[call]?.touched = now
    }

    /// Drops what nobody will ask about again.
    /// - Returns: calls whose stream never came, and that are over now.
    @discardableResult
    package mutating func purge(at now: Int64) -> [CallID] {
        var over: [CallID] = []
        for (call, entry) in entries where entry.outcome == nil && entry.opened == 0 && entry.tokenExpires + Self.grace < now {
            // Its stream never came, and its token is void: it counts no longer.
            finish(call, .callerHungUp, at: now)
            over.append(call)
        }
        entries = entries.filter { now - $0.value.touched < ($0.value.outcome == nil ? Self.longest : Self.memory) }
        return over
    }
}
