import StrataCore
import StrataResilience

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
        var placement = StatementPlacement(ready.map { $0.place(at: now) }, depth: depth)
        var batches: [[Request]] = ready.map { _ in [] }
        var taken = 0
        let drop = { (request: Request) in
            taken += 1
            self.forget(request)
        }
        while let isRead = waiting.nextBatchIsRead(drop),
            let (target, share) = placement.place(isRead: isRead, waiting: waiting.mergeableCount),
            let request = waiting.nextBatch(of: share, drop, board: { _ in taken += 1 })
        {
            taken += 1
            batches[target].append(request)
        }
        while waiting.hasSingle, let target = placement.placeSingle(), let request = waiting.nextSingle(drop) {
            taken += 1
            batches[target].append(request)
        }
        left(taken)
        retries.earn(batches.joined().count { $0.attempts == 0 })
        for (connection, batch) in zip(ready, batches) where !batch.isEmpty {
            metrics.sent(batch)
            for part in ConnectionPool.parts(batch) {
                // Sending on one connection, or the part before, may have found that this one is gone.
                if connection.isUsable { connection.send(part) } else { requeue(part) }
            }
        }
        if ready.allSatisfy({ $0.inFlight > 0 }) { grow() }
    }

    /// What is sent with syncs of its own: each shared read, so that the server answers it before it runs the next one.
    private static func parts(_ batch: [Request]) -> [[Request]] {
        if batch.count == 1 { return [batch] }
        let isShared = { (request: Request) in request.isMergeable && request.isRepeatable }
        let others = batch.filter { !isShared($0) }
        return batch.filter(isShared).map { [$0] } + (others.isEmpty ? [] : [others])
    }
}
