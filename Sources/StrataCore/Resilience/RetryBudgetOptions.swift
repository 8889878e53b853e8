/// How many requests may be sent again.
public struct RetryBudgetOptions: Hashable, Sendable {
    /// Which part of the requests may be sent again, 0 to 1.
    public let ratio: Double
    /// How many retries there are beside them, so that a server with few requests has some, `0 ...`.
    public let reserve: Int
    /// How many unused retries are kept at most, so that a quiet day does not pay for a storm; at least the reserve.
    public let most: Int

    public init(ratio: Double = 0.1, reserve: Int = 10, most: Int = 100) {
        precondition((0...1).contains(ratio), "the part that may be sent again must lie in 0 ... 1, not at \(ratio)")
        precondition(reserve >= 0 && most >= reserve, "a budget needs 0 <= reserve <= most")
        self.ratio = ratio
        self.reserve = reserve
        self.most = most
    }
}
