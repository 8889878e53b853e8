/// Decides whether a server is asked, from how its calls went; has no clock, lock or I/O.
///
/// ```
/// closed ──── failures, slow calls, no connection to be had ────► open
///   ▲                                                              │ the pause is over, or a connection
///   └── all trials answered in time ── half-open ◄─────────────────┘ is there again
///                                          └── a trial fails or is slow: open, for longer ──► open
/// ```
///
/// Every transition makes a new generation, and a ticket counts in its own only: the answer to a call from before the
/// circuit opened is no trial. Source: Nygard, "Release It!", 2nd edition, 2018, "Circuit Breaker".
package struct CircuitBreaker: Sendable {
    /// Leave to make one call, to be handed back with its outcome.
    package struct Ticket: Hashable, Sendable {
        let generation: UInt64
        let begunAt: Timestamp
        /// Whether it was given by a half-open circuit, so that its outcome counts by itself.
        let isTrial: Bool
    }

    package enum Admission: Hashable, Sendable {
        case proceed(Ticket)
        case refuse(Refusal)
    }

    /// Why the circuit opened.
    package enum Cause: Hashable, Sendable {
        case failures(Int, of: Int, last: StrataError)
        case slowCalls(Int, of: Int)
        /// No connection was there, and an attempt to make one failed.
        case unreachable(StrataError)
        case failedTrial(StrataError)
        case slowTrial(Duration)
    }

    /// Why a call is not made.
    package struct Refusal: Hashable, Sendable {
        package var cause: Cause
        /// When the next trials are; nil while they are under way.
        package var wait: Duration?
    }

    /// A change of state, to be told once.
    package enum Transition: Hashable, Sendable {
        case opened(Cause, pause: Duration)
        case reopened(Cause, pause: Duration)
        case halfOpened
        case closed
    }

    private enum State {
        case closed(since: Timestamp)
        case open(Cause, until: Timestamp)
        /// At most as many calls are under way and answered, together, as there are trials.
        case halfOpen(Cause, underWay: Int, answered: Int)
    }

    package let options: CircuitBreakerOptions
    private var state = State.closed(since: .distantPast)
    private(set) var generation: UInt64 = 0
    var window: CallWindow
    private var pause: Backoff
    /// When the latest connection was made.
    private var reachedAt = Timestamp.distantPast

    package init(_ options: CircuitBreakerOptions) {
        self.options = options
        window = CallWindow(options.window)
        pause = options.pause
    }

    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Decides about a call that would begin now.
    package mutating func admit(at now: Timestamp) -> (admission: Admission, transition: Transition?) {
        switch state {
        case .closed: return (.proceed(CircuitBreaker.ticket(ofClosed: generation, at: now)), nil)
        case .open(let cause, let until):
            guard now >= until else { return (.refuse(Refusal(cause: cause, wait: now.duration(to: until))), nil) }
            enter(.halfOpen(cause, underWay: 1, answered: 0))
            return (.proceed(trial(at: now)), .halfOpened)
        case .halfOpen(let cause, let underWay, let answered):
            guard underWay + answered < options.trials else { return (.refuse(Refusal(cause: cause)), nil) }
            state = .halfOpen(cause, underWay: underWay + 1, answered: answered)
            return (.proceed(trial(at: now)), nil)
        }
    }

    /// Why a call that is no trial is not made now; nil when it is.
    package func refusal(at now: Timestamp) -> Refusal? {
        guard case .open(let cause, let until) = state, now < until else { return nil }
        return Refusal(cause: cause, wait: now.duration(to: until))
    }

    /// Takes in how an admitted call went.
    package mutating func finish(
        _ ticket: Ticket, _ outcome: CallOutcome, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Transition? {
        guard ticket.generation == generation else { return nil }
        let took = ticket.begunAt.duration(to: now)
        let isSlow = took >= options.slowCall
        var outcome = outcome
        if case .failed(let error) = outcome {
            // Who gave up soon, or lost a connection that has a successor by now, knows nothing of how the server is.
            let isNews = error.code == .timeout ? isSlow : ticket.begunAt >= reachedAt
            if !isNews { outcome = .abandoned }
        }
        switch state {
        case .open: return nil
        case .closed: return judge(outcome, isSlow: isSlow, at: now, using: &generator)
        case .halfOpen(let cause, let underWay, let answered):
            switch outcome {
            case .abandoned:
                state = .halfOpen(cause, underWay: underWay - 1, answered: answered)
                return nil
            case .failed(let error): return open(.failedTrial(error), at: now, using: &generator)
            case .answered where isSlow: return open(.slowTrial(took), at: now, using: &generator)
            case .answered:
                guard answered + 1 == options.trials else {
                    state = .halfOpen(cause, underWay: underWay - 1, answered: answered + 1)
                    return nil
                }
                window.clear()
                enter(.closed(since: now))
                return .closed
            }
        }
    }

    /// Takes in that there is no connection, and that an attempt to make one failed: nothing can be asked, whatever the
    /// window says.
    package mutating func unreachable(
        _ error: StrataError, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Transition? {
        if case .open(_, let until) = state {
            state = .open(.unreachable(error), until: until)
            return nil
        }
        return open(.unreachable(error), at: now, using: &generator)
    }

    /// Takes in that a connection was made. Trials need not wait for the pause when the circuit is open because connections
    /// were lost; after a failed trial, or where the server is silent, they do.
    package mutating func reached(at now: Timestamp) -> Transition? {
        reachedAt = now
        guard case .open(let cause, _) = state else { return nil }
        switch cause {
        case .unreachable: break
        case .failures(_, of: _, let last) where last.code != .timeout: break
        case .failures, .slowCalls, .failedTrial, .slowTrial: return nil
        }
        enter(.halfOpen(cause, underWay: 0, answered: 0))
        return .halfOpened
    }

    /// Counts a call of a closed circuit, and opens it when there are too many failures or slow calls.
    private mutating func judge(
        _ outcome: CallOutcome, isSlow: Bool, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Transition? {
        var failure: StrataError?
        switch outcome {
        case .abandoned: return nil
        case .failed(let error): failure = error
        case .answered: break
        }
        window.add(failed: failure != nil, slow: isSlow, at: now)
        let totals = window.totals
        guard failure != nil || isSlow, totals.calls >= options.minimumCalls else { return nil }
        if let failure, Double(totals.failures) >= options.failureRatio * Double(totals.calls) {
            return open(.failures(totals.failures, of: totals.calls, last: failure), at: now, using: &generator)
        }
        guard Double(totals.slow) >= options.slowRatio * Double(totals.calls) else { return nil }
        return open(.slowCalls(totals.slow, of: totals.calls), at: now, using: &generator)
    }

    private mutating func open(
        _ cause: Cause, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Transition {
        var wasClosed = false
        if case .closed(let since) = state {
            wasClosed = true
            // One that stayed closed for a while has recovered; one that opens again at once goes on with its pauses.
            if since.duration(to: now) >= pause.last { pause.reset() }
        }
        let length = Duration.nanoseconds(pause.next(using: &generator).wholeNanoseconds)
        enter(.open(cause, until: now.advanced(by: length)))
        return wasClosed ? .opened(cause, pause: length) : .reopened(cause, pause: length)
    }

    private mutating func enter(_ state: State) {
        self.state = state
        generation += 1
    }

    private func trial(at now: Timestamp) -> Ticket { Ticket(generation: generation, begunAt: now, isTrial: true) }
}
