import NIOCore
import StrataCore

extension RedisLane {
    /// How many nanoseconds a task waits deaf to its cancellation, before it is woken to listen for it.
    ///
    /// Most requests are answered sooner, and listening would take a tenth of the time that one costs.
    static let patience: Int64 = 1_000_000

    /// Sees to it that a task that waits from now on is woken when it has waited long. On the event loop.
    ///
    /// One timer stands for all tasks.
    func wakeLater() {
        if !isWakingDue { scheduleWaking(in: RedisLane.patience) }
    }

    private func scheduleWaking(in nanoseconds: Int64) {
        isWakingDue = true
        eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) { self.wakeTasks() }
    }

    /// Wakes the tasks that have waited long enough.
    private func wakeTasks() {
        isWakingDue = false
        let now = RedisInstant.now
        var next: RedisInstant?
        // In the order of their submission: what is older than a woken one was woken too.
        func wake(_ requests: some BidirectionalCollection<RedisRequest>) {
            for request in requests.reversed() {
                if request.isWoken { break }
                guard request.isDeaf else { continue }
                let due = request.submitted.advanced(byNanoseconds: RedisLane.patience)
                if due <= now { request.wake() } else { next = min(next ?? due, due) }
            }
        }

        wake(state.waitingRequests)
        for connection in connections { if let connection { wake(connection.requests) } }
        if let next { scheduleWaking(in: next.nanoseconds(since: now)) }
    }
}
