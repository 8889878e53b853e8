/// What became of reads whose keys had stale values in memory, since the manager was made.
public struct StaleStatistics: Hashable, Sendable {
    /// Answers that were stale values.
    public var served: UInt64
    /// Those of them that were given because the load failed.
    public var failures: UInt64
    /// Those of them that were given because the load took longer than the soft timeout.
    public var softTimeouts: UInt64

    public init(served: UInt64 = 0, failures: UInt64 = 0, softTimeouts: UInt64 = 0) {
        self.served = served
        self.failures = failures
        self.softTimeouts = softTimeouts
    }

    static func + (left: StaleStatistics, right: StaleStatistics) -> StaleStatistics {
        StaleStatistics(
            served: left.served + right.served, failures: left.failures + right.failures,
            softTimeouts: left.softTimeouts + right.softTimeouts)
    }
}
