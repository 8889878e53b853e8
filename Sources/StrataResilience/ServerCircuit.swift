package import Logging
import Metrics
import NIOConcurrencyHelpers
package import StrataCore
import Synchronization

/// The circuit breaker of one server, for callers on any thread: with the time, log lines and metrics.
///
/// What changes its state is logged and counted once, by the thread that changed it.
package final class ServerCircuit: Sendable {
    private struct Measures {
        /// 0 while closed, 1 half-open, 2 open.
        let state: Gauge
        let opened: Counter
        let refused: Counter
    }

    private let origin: String
    private let breaker: NIOLockedValueBox<CircuitBreaker>
    /// The breaker's generation and one while it is closed, else 0: calls are admitted by it without the lock.
    private let closedGeneration = Atomic<UInt64>(1)
    private let slowCallNanoseconds: UInt64
    private let clock: TimeSource
    private let logger: Logger
    private let measures: Measures

    /// - Parameters:
    ///   - origin: the server's name in errors.
    ///   - metrics: what the names of its metrics begin with, such as `strata_redis`.
    ///   - dimension: which server its metrics are about.
    ///   - logger: carries the server's name as metadata.
    package init(
        _ options: CircuitBreakerOptions, origin: String, metrics: String, dimension: (String, String), logger: Logger,
        clock: TimeSource = .system
    ) {
        self.origin = origin
        self.logger = logger
        self.clock = clock
        breaker = NIOLockedValueBox(CircuitBreaker(options))
        slowCallNanoseconds = UInt64(options.slowCall.wholeNanoseconds)
        measures = Measures(
            state: Gauge(label: "\(metrics)_circuit_state", dimensions: [dimension]),
            opened: Counter(label: "\(metrics)_circuit_opened_total", dimensions: [dimension]),
            refused: Counter(label: "\(metrics)_circuit_refused_total", dimensions: [dimension]))
        measures.state.record(0)
    }

    /// Asks for leave to make a call, which has to be finished with the ticket.
    ///
    /// - Throws: why it is not to be made, at once: the server's name, the reason, and when the next trial is.
    package func admit() throws(StrataError) -> CircuitBreaker.Ticket {
        let now = clock.now
        let closed = closedGeneration.load(ordering: .relaxed)
        // One that opens at this moment leaves the ticket behind with its generation, like those given just before.
        if closed != 0 { return CircuitBreaker.ticket(ofClosed: closed - 1, at: now) }
        let admission = change { breaker in breaker.admit(at: now) }
        switch admission {
        case .proceed(let ticket): return ticket
        case .refuse(let refusal): throw error(of: refusal)
        }
    }

    /// Takes in how a call ended.
    ///
    /// - Parameter error: nil when it was answered.
    package func finish(_ ticket: CircuitBreaker.Ticket, _ error: StrataError?) {
        let outcome = CallOutcome(error)
        let now = clock.now
        change { breaker in
            var generator = SystemRandomness()
            return ((), breaker.finish(ticket, outcome, at: now, using: &generator))
        }
    }

    /// Answers that one thread has seen and the circuit has not been told of.
    package struct Answers: Sendable {
        fileprivate var answers = CircuitBreaker.Answers()
        /// The time of the first of them.
        fileprivate var time: Timestamp?

        package init() {}
    }

    /// Takes in that a call was answered, at the next `report` at the latest.
    package func answered(_ ticket: CircuitBreaker.Ticket, _ unreported: inout Answers) {
        let now = unreported.time ?? clock.now
        unreported.time = now
        if unreported.answers.add(ticket, at: now, slowCallNanoseconds: slowCallNanoseconds) { return }
        report(&unreported)
        finish(ticket, nil)
    }

    /// Takes in what was collected.
    package func report(_ unreported: inout Answers) {
        unreported.time = nil
        guard unreported.answers.count > 0 else { return }
        let now = clock.now
        breaker.withLockedValue { $0.finish(&unreported.answers, at: now) }
    }

    /// Makes a call unless the circuit is open, and takes in how it ended.
    package nonisolated(nonsending) func call<Output>(
        _ body: nonisolated(nonsending) () async throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        let ticket = try admit()
        do throws(StrataError) {
            let output = try await body()
            finish(ticket, nil)
            return output
        } catch {
            finish(ticket, error)
            throw error
        }
    }

    /// Refuses what is no call of its own to be judged by, such as a long transaction, while the circuit is open.
    package func check() throws(StrataError) {
        let now = clock.now
        if let refusal = breaker.withLockedValue({ $0.refusal(at: now) }) { throw error(of: refusal) }
    }

    /// Takes in that there is no connection to the server and an attempt to make one failed.
    package func unreachable(_ error: StrataError) {
        let now = clock.now
        change { breaker in
            var generator = SystemRandomness()
            return ((), breaker.unreachable(error, at: now, using: &generator))
        }
    }

    /// Takes in that a connection was made.
    package func reached() {
        let now = clock.now
        change { breaker in ((), breaker.reached(at: now)) }
    }

    /// Changes the breaker's state, and tells of it when it did change.
    private func change<Answer>(
        _ body: (inout CircuitBreaker) -> (Answer, CircuitBreaker.Transition?)
    ) -> Answer {
        let (answer, transition) = breaker.withLockedValue { breaker in
            let (answer, transition) = body(&breaker)
            // Under the lock, so that of two transitions the later one's state is what stays in the gauge.
            if let transition {
                measures.state.record(transition.level)
                closedGeneration.store(breaker.closedGeneration.map { $0 + 1 } ?? 0, ordering: .relaxed)
            }
            return (answer, transition)
        }
        if let transition { tell(transition) }
        return answer
    }

    private func error(of refusal: CircuitBreaker.Refusal) -> StrataError {
        measures.refused.increment()
        return refusal.error.at(origin)
    }

    private func tell(_ transition: CircuitBreaker.Transition) {
        switch transition {
        case .opened(let cause, let pause):
            measures.opened.increment()
            logger.warning("The circuit is open", metadata: ["reason": "\(cause)", "pause": "\(pause)"])
        case .reopened(let cause, let pause):
            measures.opened.increment()
            logger.debug("The circuit is open again", metadata: ["reason": "\(cause)", "pause": "\(pause)"])
        case .halfOpened: logger.debug("The circuit is half-open")
        case .closed: logger.notice("The circuit is closed")
        }
    }
}

extension CircuitBreaker.Transition {
    /// The state it leads to, as the gauge shows it.
    fileprivate var level: Int {
        switch self {
        case .closed: 0
        case .halfOpened: 1
        case .opened, .reopened: 2
        }
    }
}

/// The system's random numbers.
///
/// Not `SystemRandomNumberGenerator` itself: that has no size, so that all variables of it have one address, which the
/// thread sanitizer takes for one variable that two circuits change at once.
private struct SystemRandomness: RandomNumberGenerator {
    private let size: UInt8 = 0

    mutating func next() -> UInt64 { .random(in: .min ... .max) }
}
