import DequeModule

/// The requests that wait for room on a connection.
///
/// Requests that may share a statement wait apart from the others: they leave as batches made of what waits at that
/// moment, each caller's own alone when nothing else does.
struct WaitingRequests {
    private var mergeable: Deque<Request> = []
    private var single: Deque<Request> = []

    /// How many requests of another kind are stepped over to fill one batch.
    private static let reach = 256

    var isEmpty: Bool { mergeable.isEmpty && single.isEmpty }
    var mergeableCount: Int { mergeable.count }
    var hasSingle: Bool { !single.isEmpty }

    mutating func append(_ request: Request) {
        if request.isMergeable { mergeable.append(request) } else { single.append(request) }
    }

    /// Puts a request back that has waited before.
    mutating func prepend(_ request: Request) {
        if request.isMergeable { mergeable.prepend(request) } else { single.prepend(request) }
    }

    /// The next request that travels alone.
    ///
    /// - Parameter drop: gets those that have their answer already.
    mutating func nextSingle(_ drop: (Request) -> Void) -> Request? { WaitingRequests.pop(&single, drop) }

    /// Whether the next batch reads rather than writes; nil when there is none.
    ///
    /// - Parameter drop: gets those before it that have their answer already.
    mutating func nextBatchIsRead(_ drop: (Request) -> Void) -> Bool? {
        while let request = mergeable.first, request.isFinished {
            mergeable.removeFirst()
            drop(request)
        }
        return mergeable.first?.isRepeatable
    }

    /// The next request with others as its passengers, `count` together at most.
    ///
    /// - Parameters:
    ///   - drop: gets those that have their answer already.
    ///   - board: gets each passenger.
    mutating func nextBatch(of count: Int, _ drop: (Request) -> Void, board: (Request) -> Void) -> Request? {
        guard let first = WaitingRequests.pop(&mergeable, drop) else { return nil }
        var skipped: [Request] = []
        while first.passengers.count + 1 < count, skipped.count < WaitingRequests.reach,
            let next = WaitingRequests.pop(&mergeable, drop)
        {
            if first.canCarry(next) {
                first.carry(next)
                board(next)
            } else {
                skipped.append(next)
            }
        }
        for request in skipped.reversed() { mergeable.prepend(request) }
        return first
    }

    /// Takes out everything.
    ///
    /// Not as an array: one of no elements made of a deque writes to the storage that all empty arrays share, which the thread
    /// sanitizer reports as a race of two reactors.
    mutating func removeAll() -> Deque<Request> {
        defer {
            mergeable = []
            single = []
        }
        return mergeable + single
    }

    private static func pop(_ queue: inout Deque<Request>, _ drop: (Request) -> Void) -> Request? {
        while let request = queue.popFirst() {
            if !request.isFinished { return request }
            drop(request)
        }
        return nil
    }
}
