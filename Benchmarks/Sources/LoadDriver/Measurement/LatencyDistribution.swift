package import Histogram

/// The numbers of a latency histogram that reports show, in microseconds.
package struct LatencyDistribution: Codable, Hashable, Sendable {
    package var meanMicroseconds: Double
    package var p50Microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var p999Microseconds: Double
    package var p9999Microseconds: Double
    package var maxMicroseconds: Double

    /// Summarises a histogram of nanoseconds.
    package init(_ histogram: Histogram<UInt64>) {
        func microseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }
        meanMicroseconds = histogram.mean.rounded() / 1000
        p50Microseconds = microseconds(50)
        p95Microseconds = microseconds(95)
        p99Microseconds = microseconds(99)
        p999Microseconds = microseconds(99.9)
        p9999Microseconds = microseconds(99.99)
        maxMicroseconds = Double(histogram.maxRecorded) / 1000
    }
}
