import Metrics
import StrataCore
import StrataResilience

/// How long calls to a server take, by operation, and why they fail.
///
/// Recorded once a call, however many keys it is about.
struct OperationTimes: Sendable {
    private let dimensions: [(String, String)]
    private let timers: [ObservedOperation: Timer]
    private let failures: FailureCounters

    init(_ server: ObservedServer, _ operations: [ObservedOperation]) {
        let dimensions = [("level", server.level.rawValue), ("server", server.name)]
        self.dimensions = dimensions
        timers = Dictionary(
            uniqueKeysWithValues: operations.map { operation in
                (
                    operation,
                    Timer(label: "strata_operation", dimensions: dimensions + [("operation", operation.rawValue)])
                )
            })
        failures = FailureCounters(label: "strata_operation_failures_total", dimensions: dimensions)
    }

    func record(_ operation: ObservedOperation, _ time: Duration, _ failures: CallFailures?) {
        timers[operation]?.recordNanoseconds(time.wholeNanoseconds)
        if let failures { self.failures.increment(failures.first.code) }
    }
}
