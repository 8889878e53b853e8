import Histogram

/// What a phase came to, as reports show it.
package struct PhaseReport: Codable, Hashable, Sendable {
    package var phase: String
    package var operations: Int
    package var seconds: Double
    /// Operations that succeeded, per second.
    package var operationsPerSecond: Double
    package var meanMicroseconds: Double
    package var p50Microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var p999Microseconds: Double
    package var maxMicroseconds: Double
    package var errors: Int
    package var firstError: String?
    package var notFound: Int
    package var mismatches: Int
    package var firstMismatches: [String]
    /// Latency by kind of operation; a read-modify-write's parts count under `read` and `update` too.
    package var kinds: [String: LatencySummary]

    package init(_ phase: Phase, _ outcome: PhaseOutcome) {
        let (tally, overall) = (outcome.tally, LatencySummary(outcome.tally.overall))
        self.phase = phase.rawValue
        operations = tally.completed
        seconds = outcome.elapsed / .seconds(1)
        operationsPerSecond = seconds > 0 ? (Double(overall.operations) / seconds * 10).rounded() / 10 : 0
        meanMicroseconds = overall.meanMicroseconds
        p50Microseconds = overall.p50Microseconds
        p95Microseconds = overall.p95Microseconds
        p99Microseconds = overall.p99Microseconds
        p999Microseconds = overall.p999Microseconds
        maxMicroseconds = overall.maxMicroseconds
        errors = tally.errors
        firstError = tally.firstError
        notFound = tally.notFound
        mismatches = tally.mismatches
        firstMismatches = tally.firstMismatches.map(\.description)
        kinds = OperationKind.allCases.reduce(into: [:]) { kinds, kind in
            let latency = tally.latency(of: kind)
            if latency.totalCount > 0 { kinds[kind.name] = LatencySummary(latency) }
        }
    }
}
