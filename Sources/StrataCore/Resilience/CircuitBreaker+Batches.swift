/// While a circuit is closed, admitting a call and its answer in time change nothing but a count: so both can be had
/// without the breaker at hand, and many answers be handed in at once.
extension CircuitBreaker {
    /// Answers that came in time to calls of one generation, counted by one thread.
    package struct Answers: Sendable {
        fileprivate var generation: UInt64 = 0
        package fileprivate(set) var count = 0

        package init() {}

        /// Counts an answer that came in time.
        ///
        /// - Returns: false when it is to be handed in by itself: it was slow or a trial, or is of another generation than
        ///   those before, which have to be handed in first.
        package mutating func add(_ ticket: Ticket, at now: Timestamp, slowCallNanoseconds: UInt64) -> Bool {
            guard !ticket.isTrial, now.nanoseconds &- min(now, ticket.begunAt).nanoseconds < slowCallNanoseconds
            else { return false }
            if count == 0 { generation = ticket.generation }
            guard generation == ticket.generation else { return false }
            count += 1
            return true
        }
    }

    /// What a closed circuit's calls are admitted by; nil unless it is closed.
    package var closedGeneration: UInt64? { isClosed ? generation : nil }

    /// What `admit(at:)` answers while the circuit is closed.
    package static func ticket(ofClosed generation: UInt64, at now: Timestamp) -> Ticket {
        Ticket(generation: generation, begunAt: now, isTrial: false)
    }

    /// Takes in answers, and forgets them.
    package mutating func finish(_ answers: inout Answers, at now: Timestamp) {
        defer { answers.count = 0 }
        guard answers.generation == generation, isClosed else { return }
        window.add(answers: answers.count, at: now)
    }
}
