/// Allows retries as a part of the requests, so that a server in trouble does not get more of them than before.
///
/// A bucket of tokens: each request puts a part of one in, each retry takes one out. Invariant: at any time no more retries
/// were allowed than the reserve and that part of all requests. Source: Brooker, "Fixing retries with token buckets and
/// circuit breakers", 2022.
package struct RetryBudget: Sendable {
    /// A token in the unit that is counted in: parts of one add up exactly.
    private static let token = 1_000_000

    private let deposit: Int
    private let most: Int
    private var balance: Int

    package init(_ options: RetryBudgetOptions) {
        deposit = Int((options.ratio * Double(RetryBudget.token)).rounded())
        most = options.most * RetryBudget.token
        balance = options.reserve * RetryBudget.token
    }

    /// Takes in that requests were made.
    package mutating func earn(_ requests: Int) {
        let (earned, overflow) = deposit.multipliedReportingOverflow(by: requests)
        balance = overflow ? most : min(most, balance + min(earned, most))
    }

    /// Whether one more request may be sent again; it counts as sent then.
    package mutating func take() -> Bool {
        guard balance >= RetryBudget.token else { return false }
        balance -= RetryBudget.token
        return true
    }
}
