import StrataTestSupport
import Testing

@testable import StrataCore

@Suite struct LatencyHistogramTests {
    @Test func `every time lies below the end of its bucket, and at most an eighth below`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<10_000 {
            let microseconds = Int64.random(in: 0...1 << Int64.random(in: 1...30, using: &generator), using: &generator)
            let end = LatencyHistogram.end(of: LatencyHistogram.bucket(of: .microseconds(microseconds)))
            #expect(end > .microseconds(microseconds))
            #expect(end <= .microseconds(microseconds + max(1, microseconds / 8)))
        }
        #expect(LatencyHistogram.bucket(of: .seconds(1_000_000)) == .max)
        #expect(LatencyHistogram.bucket(of: .seconds(-1)) == 0)
    }

    @Test func `a quantile is that of the calls, at most an eighth too high`() throws {
        var generator = SeededGenerator(seed: 2)
        var histogram = LatencyHistogram(window: 1 << 20)
        #expect(histogram.quantile(0.5) == nil)
        // Spread over three orders of magnitude.
        let times = (0..<20_000).map { _ in Int64(100 * Double(1 << Int.random(in: 0...9, using: &generator))) }
        histogram.add(times.map { LatencyHistogram.bucket(of: .microseconds($0)) })
        let sorted = times.sorted()
        for part in [0.5, 0.9, 0.95, 0.99, 1] {
            let exact = sorted[Int((part * Double(times.count)).rounded(.up)) - 1]
            let quantile = try #require(histogram.quantile(part))
            #expect(quantile > .microseconds(exact) && quantile <= .microseconds(exact + exact / 8 + 1))
        }
    }

    @Test func `what was a few windows ago has no weight any more`() throws {
        var histogram = LatencyHistogram(window: 1000)
        histogram.add(repeatElement(LatencyHistogram.bucket(of: .seconds(1)), count: 1000))
        #expect(try #require(histogram.quantile(0.95)) > .seconds(1))
        histogram.add(repeatElement(LatencyHistogram.bucket(of: .milliseconds(1)), count: 5000))
        #expect(try #require(histogram.quantile(0.95)) < .milliseconds(2))
        #expect(histogram.total < 1000)
    }
}
