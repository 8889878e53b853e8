import NIOConcurrencyHelpers

/// Where writers leave the repairs they could not make themselves, and the repairer waits for them.
final class RepairQueue: Sendable {
    private let backlog: NIOLockedValueBox<RepairBacklog>
    private let wakeUps: AsyncStream<Void>.Continuation
    /// Has an element whenever repairs came into an empty queue.
    let arrivals: AsyncStream<Void>

    /// - Parameter limit: how many repairs it holds before they collapse into one of everything.
    init(limit: Int) {
        backlog = NIOLockedValueBox(RepairBacklog(limit: limit))
        (arrivals, wakeUps) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many repairs are not known to be done.
    var count: Int { backlog.withLockedValue { $0.count } }

    /// What is owed at this moment; nil when nothing is.
    var owed: RepairBacklog? { backlog.withLockedValue { $0.count == 0 ? nil : $0 } }

    /// Leaves repairs.
    ///
    /// - Returns: whether the queue was empty before.
    @discardableResult
    func add(_ repairs: [Repair]) -> Bool {
        guard !repairs.isEmpty else { return false }
        let wasEmpty = backlog.withLockedValue { backlog in
            defer { for repair in repairs { backlog.note(repair) } }
            return backlog.isEmpty
        }
        if wasEmpty { wakeUps.yield() }
        return wasEmpty
    }

    /// Takes out what to repair next, up to a number of keys; nothing when there is nothing.
    func take(limit: Int) -> [Repair] {
        backlog.withLockedValue { $0.take(limit: limit) }
    }

    /// What was taken out is done, but for what failed, which waits again.
    func finish(failed: [Repair]) {
        backlog.withLockedValue { $0.finish(failed: failed) }
    }
}
