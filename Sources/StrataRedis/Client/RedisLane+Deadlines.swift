import NIOCore
import StrataCore

extension RedisLane {
    /// Sees to it that requests are looked at when a deadline passes.
    ///
    /// One timer stands for all deadlines, at the earliest. As later requests have later deadlines, it is seldom moved, and
    /// goes off about once per timeout rather than once per request.
    func watch(_ deadline: RedisInstant) {
        if let sweepTime, sweepTime <= deadline { return }
        sweep?.cancel()
        let delay = max(0, deadline.nanoseconds(since: .now))
        sweepTime = deadline
        sweep = eventLoop.scheduleTask(in: .nanoseconds(delay)) { self.failOverdue() }
    }

    /// Ends the wait of every caller whose deadline has passed, and every connection that no longer answers.
    private func failOverdue() {
        (sweepTime, sweep) = (nil, nil)
        let now = RedisInstant.now
        var next: RedisInstant?
        func examine(_ request: RedisRequest) {
            guard request.isWaitedFor else { return }
            if request.deadline <= now {
                fail(request, StrataError(.timeout, "Redis did not answer before the deadline"))
            } else {
                next = min(next ?? request.deadline, request.deadline)
            }
        }

        for request in state.waitingRequests { examine(request) }
        _ = state.removeWaiting { !$0.isWaitedFor }
        for connection in connections {
            guard let connection else { continue }
            for request in connection.requests { examine(request) }
            guard let oldest = connection.oldestSent else { continue }
            let overdue = oldest.advanced(byNanoseconds: commandTimeout)
            if overdue <= now {
                connection.end(
                    StrataError(.timeout, "Redis has not answered for \(configuration.commandTimeout), reconnecting"))
            } else {
                next = min(next ?? overdue, overdue)
            }
        }
        if let next { watch(next) }
    }
}
