/// When a read that takes long is sent once more, over another connection.
public struct HedgeOptions: Hashable, Sendable {
    /// Slower than which part of the reads one has to be, 0.5 to 0.999.
    public let quantile: Double
    /// The shortest time after which that happens, above zero.
    public let shortest: Duration
    /// How many reads have to be known first, `1 ...`.
    public let minimumCalls: Int
    /// Which part of the reads may be sent once more.
    public let budget: RetryBudgetOptions

    public init(
        quantile: Double = 0.95, shortest: Duration = .milliseconds(1), minimumCalls: Int = 256,
        budget: RetryBudgetOptions = RetryBudgetOptions()
    ) {
        precondition((0.5...0.999).contains(quantile), "the quantile must lie in 0.5 ... 0.999, not at \(quantile)")
        precondition(shortest > .zero && minimumCalls >= 1, "a hedge needs a time above zero, and calls to judge by")
        self.quantile = quantile
        self.shortest = shortest
        self.minimumCalls = minimumCalls
        self.budget = budget
    }
}
