import Metrics
import NIOConcurrencyHelpers
package import StrataCore

/// The retry budget of one server, for callers on any thread, with its metrics.
///
/// What counts as a request is what the server gets: a statement that many callers share is one.
package final class ServerRetries: Sendable {
    private let budget: NIOLockedValueBox<RetryBudget>
    private let allowed: Counter
    private let refused: Counter

    /// - Parameters:
    ///   - metrics: what the names of its metrics begin with, such as `strata_postgres`.
    ///   - dimension: which server its metrics are about.
    package init(_ options: RetryBudgetOptions, metrics: String, dimension: (String, String)) {
        budget = NIOLockedValueBox(RetryBudget(options))
        allowed = Counter(label: "\(metrics)_retries_total", dimensions: [dimension])
        refused = Counter(label: "\(metrics)_retries_refused_total", dimensions: [dimension])
    }

    /// Takes in that requests were made.
    package func earn(_ requests: Int) { budget.withLockedValue { $0.earn(requests) } }

    /// Whether one more request may be sent again; it counts as sent then.
    package func take() -> Bool {
        let isAllowed = budget.withLockedValue { $0.take() }
        (isAllowed ? allowed : refused).increment()
        return isAllowed
    }
}
