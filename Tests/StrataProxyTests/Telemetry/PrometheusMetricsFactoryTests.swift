import CoreMetrics
import Testing

@testable import StrataProxy

@Suite struct PrometheusMetricsFactoryTests {
    @Test func everyKindIsWritten() {
        let factory = PrometheusMetricsFactory()
        let counter = factory.makeCounter(label: "redis.commands", dimensions: [("server", "a\"b\\c\nd")])
        counter.increment(by: 2)
        factory.makeCounter(label: "redis.commands", dimensions: [("server", "a\"b\\c\nd")]).increment(by: 3)
        factory.makeMeter(label: "pool-size", dimensions: []).set(2.5)
        let timer = factory.makeTimer(label: "load", dimensions: [])
        timer.recordNanoseconds(60_000)
        timer.recordNanoseconds(20_000_000_000)
        let text = factory.text()
        #expect(
            text.contains("# TYPE redis_commands_total counter\nredis_commands_total{server=\"a\\\"b\\\\c\\nd\"} 5\n"))
        #expect(text.contains("# TYPE pool_size gauge\npool_size 2.5\n"))
        #expect(text.contains("load_seconds_bucket{le=\"5e-05\"} 0\n"))
        #expect(text.contains("load_seconds_bucket{le=\"0.0001\"} 1\n"))
        #expect(text.contains("load_seconds_bucket{le=\"10\"} 1\nload_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("load_seconds_count 2\n"))
    }

    @Test func seriesAreBounded() {
        let factory = PrometheusMetricsFactory(maximumSeries: 3)
        for number in 0..<100 {
            factory.makeCounter(label: "c", dimensions: [("key", "\(number)")]).increment(by: 1)
        }
        let lines = factory.text().split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.contains("c_total{overflow=\"true\"} 97"))
    }

    @Test func aNameKeepsItsType() {
        let factory = PrometheusMetricsFactory()
        factory.makeMeter(label: "x", dimensions: []).set(1.0)
        factory.makeRecorder(label: "x", dimensions: [], aggregate: true).record(5.0)
        #expect(factory.text() == "# TYPE x gauge\nx 1\n")
    }
}
