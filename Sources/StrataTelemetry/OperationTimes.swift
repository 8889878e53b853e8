import Metrics
import StrataCore
import StrataResilience

/// How long calls to a server take, by operation, and why they fail.
///
/// Recorded once a call, however many keys it is about.
struct OperationTimes: Sendable {
    /// By the operations' numbers; nil for those that nobody asks for.
    private let timers: [Timer?]
    private let failures: FailureCounters

    init(_ server: ObservedServer, _ operations: [ObservedOperation]) {
        let dimensions = [("level", server.level.rawValue), ("server", server.name)]
        timers = ObservedOperation.allCases.map { operation in
            guard operations.contains(operation) else { return nil }
            return Timer(label: "strata_operation", dimensions: dimensions + [("operation", operation.name)])
        }
        failures = FailureCounters(label: "strata_operation_failures_total", dimensions: dimensions)
    }

    func record(_ operation: ObservedOperation, _ time: Duration, _ failures: CallFailures?) {
        timers[operation.rawValue]?.recordNanoseconds(time.wholeNanoseconds)
        if let failures { self.failures.increment(failures.first.code) }
    }
}
