import Metrics
import NIOConcurrencyHelpers
package import StrataCore

/// Counters of failures, one for each code.
///
/// Those that a server out of reach brings are there from the start, so that they can be seen to be zero; the others are
/// made when they first occur.
package struct FailureCounters: Sendable {
    private let label: String
    private let dimensions: [(String, String)]
    private let counters: NIOLockedValueBox<[StrataError.Code: Counter]>

    package init(label: String, dimensions: [(String, String)]) {
        self.label = label
        self.dimensions = dimensions
        let expected: [StrataError.Code] = [.unavailable, .timeout, .overloaded]
        counters = NIOLockedValueBox(
            Dictionary(
                uniqueKeysWithValues: expected.map { code in
                    (code, FailureCounters.counter(label, dimensions, code))
                }))
    }

    package func increment(_ code: StrataError.Code) {
        let counter = counters.withLockedValue { counters in
            if let counter = counters[code] { return counter }
            let counter = FailureCounters.counter(label, dimensions, code)
            counters[code] = counter
            return counter
        }
        counter.increment()
    }

    private static func counter(
        _ label: String, _ dimensions: [(String, String)], _ code: StrataError.Code
    ) -> Counter {
        Counter(label: label, dimensions: dimensions + [("reason", code.name)])
    }
}
