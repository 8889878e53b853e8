/// Which calls are under way, when each caller has to have its answer, and which calls were given up and have not returned:
/// without I/O, lock or clock.
///
/// Invariants: a caller is handed out once, to be answered by who got it; never more calls than the limit are unfinished after
/// their callers were answered, because from then on none begins.
struct CallBoard<Caller: Sendable>: Sendable {
    /// Names a call; never used again.
    struct Identifier: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Waiting {
        let caller: Caller
        let deadline: ContinuousClock.Instant
    }

    private let limit: Int
    private var waiting: [Identifier: Waiting] = [:]
    /// Calls whose callers were answered without them.
    private var abandoned: Set<Identifier> = []
    private var nextNumber: UInt64 = 0

    /// - Parameter limit: how many calls may be abandoned and unfinished, above zero.
    init(limit: Int) {
        self.limit = limit
    }

    /// How many calls were given up and have not returned.
    var abandonedCount: Int { abandoned.count }

    /// Begins a call; nil when too many are unfinished already.
    mutating func begin(_ caller: Caller, by deadline: ContinuousClock.Instant) -> Identifier? {
        guard abandoned.count < limit else { return nil }
        nextNumber += 1
        let identifier = Identifier(number: nextNumber)
        waiting[identifier] = Waiting(caller: caller, deadline: deadline)
        return identifier
    }

    /// Whether a call's caller has no answer yet.
    func isWaitedFor(_ identifier: Identifier) -> Bool { waiting[identifier] != nil }

    /// A call has returned.
    ///
    /// - Returns: who waits for what it brought; nil when nobody does any more.
    mutating func finish(_ identifier: Identifier) -> Caller? {
        abandoned.remove(identifier)
        return waiting.removeValue(forKey: identifier)?.caller
    }

    /// Gives a call up.
    ///
    /// - Returns: who has to be answered without it; nil when it has returned or was given up before.
    mutating func abandon(_ identifier: Identifier) -> Caller? {
        guard let given = waiting.removeValue(forKey: identifier) else { return nil }
        abandoned.insert(identifier)
        return given.caller
    }

    /// Gives up the calls whose time is over.
    ///
    /// - Returns: who has to be answered without them, and when the next call's time is over.
    /// - Complexity: O(calls under way).
    mutating func abandonOverdue(
        at now: ContinuousClock.Instant
    ) -> (overdue: [(identifier: Identifier, caller: Caller)], next: ContinuousClock.Instant?) {
        var overdue: [(identifier: Identifier, caller: Caller)] = []
        var next: ContinuousClock.Instant?
        for (identifier, call) in waiting {
            if call.deadline <= now {
                overdue.append((identifier, call.caller))
            } else {
                next = min(next ?? call.deadline, call.deadline)
            }
        }
        for (identifier, _) in overdue {
            waiting[identifier] = nil
            abandoned.insert(identifier)
        }
        return (overdue, next)
    }
}
