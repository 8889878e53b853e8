import StrataCore

/// When a replica is asked; decides, and does no I/O.
///
/// One that failed or lags is left alone for a while, and then tried by one read at a time, so that it slows few of them.
struct ReplicaRest: Sendable {
    enum Outcome {
        case good
        /// It failed, was slow, or lagged.
        case bad
        /// The caller gave up, which says nothing.
        case unknown
    }

    private enum State {
        case serving
        case resting(until: ContinuousClock.Instant)
        case tried
    }

    private var state = State.serving
    private var backoff: Backoff

    init(_ backoff: Backoff) { self.backoff = backoff }

    /// Whether a read may ask the replica now; whoever may has to say what came of it.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .serving: return true
        case .tried: return false
        case .resting(let end):
            guard now >= end else { return false }
            state = .tried
            return true
        }
    }

    /// Takes in what came of a read.
    mutating func take(_ outcome: Outcome, at now: ContinuousClock.Instant) {
        switch (outcome, state) {
        case (.good, _):
            state = .serving
            backoff.reset()
        // Of many reads that failed together, the first one counts.
        case (.bad, .serving), (.bad, .tried): state = .resting(until: now + backoff.next())
        case (.unknown, .tried): state = .resting(until: now)
        case (.bad, .resting), (.unknown, _): break
        }
    }
}
