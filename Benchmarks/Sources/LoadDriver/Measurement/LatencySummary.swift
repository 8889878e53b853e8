package import Histogram

/// The numbers of a latency histogram that reports show, in microseconds.
package struct LatencySummary: Codable, Hashable, Sendable {
    package var operations: Int
    package var meanMicroseconds: Double
    package var p50Microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var p999Microseconds: Double
    package var maxMicroseconds: Double

    /// Summarises a histogram of nanoseconds.
    package init(_ histogram: Histogram<UInt64>) {
        func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1000 }
        operations = Int(histogram.totalCount)
        meanMicroseconds = (histogram.mean).rounded() / 1000
        p50Microseconds = microseconds(histogram.valueAtPercentile(50))
        p95Microseconds = microseconds(histogram.valueAtPercentile(95))
        p99Microseconds = microseconds(histogram.valueAtPercentile(99))
        p999Microseconds = microseconds(histogram.valueAtPercentile(99.9))
        maxMicroseconds = microseconds(histogram.maxRecorded)
    }
}
