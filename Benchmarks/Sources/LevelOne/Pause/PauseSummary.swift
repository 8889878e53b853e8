import Histogram

/// How long the calls of a loop took, in microseconds.
package struct PauseSummary: Codable, Hashable, Sendable {
    package var samples: Int
    package var p50Microseconds: Double
    package var p99Microseconds: Double
    package var p9999Microseconds: Double
    package var maxMicroseconds: Double

    /// Summarises a histogram of nanoseconds.
    init(_ histogram: Histogram<UInt64>) {
        func microseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }
        samples = Int(histogram.totalCount)
        p50Microseconds = microseconds(50)
        p99Microseconds = microseconds(99)
        p9999Microseconds = microseconds(99.99)
        maxMicroseconds = Double(histogram.maxRecorded) / 1000
    }
}
