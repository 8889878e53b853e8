/// What the load is put on: a server, or the library in this process.
package protocol Target: Sendable {
    /// What the target is called in reports.
    var name: String { get }

    /// Runs one session per client of the plan to its end.
    ///
    /// - Parameter progress: told of operations as they end.
    /// - Throws: `LoadError` when the target can't be reached, or no longer.
    func run(_ plan: PhasePlan, progress: Progress) async throws -> PhaseOutcome

    /// Lets go of everything the target holds.
    func shutdown() async throws
}

/// What came out of a phase.
package struct PhaseOutcome: Sendable {
    package var tally: Tally
    /// From the start of the phase to its last answer.
    package var elapsed: Duration

    package init(tally: Tally, elapsed: Duration) {
        self.tally = tally
        self.elapsed = elapsed
    }
}
