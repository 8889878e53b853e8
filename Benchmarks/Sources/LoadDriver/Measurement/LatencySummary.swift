package import Histogram

/// How many operations of a kind there were, and how long they took. In JSON the distribution's numbers lie beside the
/// count.
@dynamicMemberLookup
package struct LatencySummary: Encodable, Hashable, Sendable {
    package var operations: Int
    package var latency: LatencyDistribution

    /// Summarises a histogram of nanoseconds.
    package init(_ histogram: Histogram<UInt64>) {
        operations = Int(histogram.totalCount)
        latency = LatencyDistribution(histogram)
    }

    package subscript(dynamicMember number: KeyPath<LatencyDistribution, Double>) -> Double {
        latency[keyPath: number]
    }

    private enum CodingKeys: CodingKey { case operations }

    package func encode(to encoder: any Encoder) throws {
        try latency.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(operations, forKey: .operations)
    }
}
