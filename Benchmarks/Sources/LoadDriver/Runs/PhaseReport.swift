import Histogram

/// What a phase came to, as reports show it. In JSON the latencies of its operations lie beside its counts.
@dynamicMemberLookup
package struct PhaseReport: Encodable, Hashable, Sendable {
    package var phase: String
    package var operations: Int
    package var seconds: Double
    /// Operations that succeeded, per second.
    package var operationsPerSecond: Double
    /// How long those took.
    package var latency: LatencyDistribution
    package var errors: Int
    package var firstError: String?
    package var notFound: Int
    package var mismatches: Int
    package var firstMismatches: [String]
    /// Latency by kind of operation; a read-modify-write's parts count under `read` and `update` too.
    package var kinds: [String: LatencySummary]

    package init(_ phase: Phase, _ outcome: PhaseOutcome) {
        let tally = outcome.tally
        self.phase = phase.rawValue
        operations = tally.completed
        seconds = outcome.elapsed / .seconds(1)
        operationsPerSecond =
            seconds > 0 ? (Double(tally.completed - tally.errors) / seconds * 10).rounded() / 10 : 0
        latency = LatencyDistribution(tally.overall)
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

    package subscript(dynamicMember number: KeyPath<LatencyDistribution, Double>) -> Double {
        latency[keyPath: number]
    }

    private enum CodingKeys: CodingKey {
        case phase, operations, seconds, operationsPerSecond, errors, firstError, notFound, mismatches, firstMismatches
        case kinds
    }

    package func encode(to encoder: any Encoder) throws {
        try latency.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(phase, forKey: .phase)
        try container.encode(operations, forKey: .operations)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(operationsPerSecond, forKey: .operationsPerSecond)
        try container.encode(errors, forKey: .errors)
        try container.encodeIfPresent(firstError, forKey: .firstError)
        try container.encode(notFound, forKey: .notFound)
        try container.encode(mismatches, forKey: .mismatches)
        try container.encode(firstMismatches, forKey: .firstMismatches)
        try container.encode(kinds, forKey: .kinds)
    }
}
