import StrataCore

extension ConnectionPool {
    /// Sends what waits and has room.
    func dispatch() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        let ready = connections.filter { $0.isUsable && !$0.isStale(at: now) }
        guard !ready.isEmpty else {
            // A connection that worked may do so again: what shows it is under way, or it is about to be replaced.
            if let lastError, !connections.contains(where: \.wasReady) { failWaiting(lastError) } else { grow() }
            return
        }
        var batches: [[Request]] = ready.map { _ in [] }
        var taken = 0
        let drop = { (request: Request) in
            taken += 1
            self.forget(request)
        }
        func load(_ index: Int) -> Int { ready[index].inFlight + batches[index].count }
        // One statement at a time is shared per connection: what comes meanwhile is the next one, and the busier the
        // server, the more callers share a round trip and a commit.
        var free = ready.indices.filter { !ready[$0].sharesStatement && load($0) < depth }
            .sorted { load($0) > load($1) }
        while let target = free.popLast() {
            let share = max(
                ConnectionPool.minimumShare, (waiting.mergeableCount + free.count) / (free.count + 1))
            guard let request = waiting.nextBatch(of: share, drop, board: { _ in taken += 1 }) else { break }
            taken += 1
            batches[target].append(request)
        }
        while let target = ready.indices.min(by: { load($0) < load($1) }), load(target) < depth,
            let request = waiting.nextSingle(drop)
        {
            taken += 1
            batches[target].append(request)
        }
        left(taken)
        for (connection, batch) in zip(ready, batches) where !batch.isEmpty {
            metrics.sent(batch)
            // Sending on one connection may have found that another one is gone.
            if connection.isUsable { connection.send(batch) } else { requeue(batch) }
        }
        if ready.allSatisfy({ $0.inFlight > 0 }) { grow() }
    }

    /// Below this many requests, merging saves less than running them on several connections.
    ///
    /// A statement costs the server about as much as ten rows do, and 32 rows take a few hundred microseconds.
    private static let minimumShare = 32
}
