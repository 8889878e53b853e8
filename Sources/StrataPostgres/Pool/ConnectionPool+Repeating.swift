import NIOConcurrencyHelpers
import StrataCore
import StrataResilience

extension ConnectionPool {
    func connection(_ connection: Connection, returns requests: [Request]) {
        requeue(requests)
        dispatch()
    }

    /// Sends lost requests again after a pause, as far as the budget and their deadlines allow.
    ///
    /// A statement takes one retry for all who share it, as it earned its part of one for all of them: what the budget
    /// bounds is what the server gets, and they will share a statement again.
    func connection(_ connection: Connection, lost requests: [Request], _ error: StrataError) {
        var pause = PostgresShard.retryPause
        for _ in 1..<max(1, requests.map(\.attempts).max() ?? 1) { _ = pause.next() }
        let due = ContinuousClock.now + pause.next()
        var again: [Request] = []
        for statement in requests {
            let callers = separated(statement)
            let isAllowed = !isClosed && callers.contains { due < $0.deadline } && retries.take()
            for one in callers {
                if isAllowed, due < one.deadline {
                    again.append(one)
                } else {
                    one.fail(isClosed ? shutdownError : error)
                    forget(one)
                }
            }
        }
        guard !again.isEmpty else { return }
        let identifier = ObjectIdentifier(connection)
        pausing[identifier] = again
        // The connection is held so that no other one gets its identifier meanwhile.
        let timer = ReactorTimer(at: due) { [weak self, connection] in
            guard let self else { return }
            requeue(pausing.removeValue(forKey: ObjectIdentifier(connection)) ?? [])
            dispatch()
        }
        reactor.schedule(timer)
    }

    func requeue(_ requests: [Request]) {
        for one in requests.reversed().flatMap(separated) {
            guard one.attempts < ConnectionPool.maximumAttempts, !isClosed else {
                one.fail(
                    isClosed ? shutdownError : settings.error(.unavailable, "the statement failed to run 5 times"))
                forget(one)
                continue
            }
            inbox.withLockedValue { $0.count += 1 }
            waiting.prepend(one)
        }
    }

    /// The requests that shared a statement, those without an answer, each by itself again.
    private func separated(_ statement: Request) -> [Request] {
        let open = statement.everyone.filter { !$0.isFinished }
        for one in open { one.attempts = statement.attempts }
        statement.unload()
        return open
    }

    private static let maximumAttempts = 5
}
