import Testing

@testable import LoadDriver

@Suite struct MeasurementTests {
    @Test func percentilesAreThoseOfTheRecordedLatencies() {
        var tally = Tally()
        for microseconds in 1...10_000 { tally.complete(.read, nanoseconds: UInt64(microseconds) * 1000) }
        let summary = LatencySummary(tally.overall)
        #expect(summary.operations == 10_000)
        func isClose(_ value: Double, _ expected: Double) -> Bool { abs(value / expected - 1) < 0.002 }
        #expect(isClose(summary.meanMicroseconds, 5000.5))
        #expect(isClose(summary.p50Microseconds, 5000))
        #expect(isClose(summary.p95Microseconds, 9500))
        #expect(isClose(summary.p99Microseconds, 9900))
        #expect(isClose(summary.p999Microseconds, 9990))
        #expect(summary.maxMicroseconds == 10_000)
    }

    @Test func talliesAddUp() {
        var (first, second, whole) = (Tally(), Tally(), Tally())
        for index in 1...1000 {
            let kind: OperationKind = index % 3 == 0 ? .update : .read
            whole.complete(kind, nanoseconds: UInt64(index * index))
            if index % 2 == 0 {
                first.complete(kind, nanoseconds: UInt64(index * index))
            } else {
                second.complete(kind, nanoseconds: UInt64(index * index))
            }
        }
        for index in 0..<4 {
            first.count(Mismatch(key: "a\(index)", reason: .missing))
            second.count(Mismatch(key: "b\(index)", reason: .missing))
        }
        second.fail("second")
        second.countNotFound()
        first.merge(second)
        #expect(first.completed == 1001 && first.errors == 1 && first.notFound == 1 && first.mismatches == 8)
        #expect(first.firstError == "second")
        #expect(first.firstMismatches.map(\.key) == ["a0", "a1", "a2", "a3", "b0"])
        #expect(LatencySummary(first.overall) == LatencySummary(whole.overall))
        #expect(LatencySummary(first.latency(of: .update)) == LatencySummary(whole.latency(of: .update)))
    }

    @Test func anEmptyPhaseHasNoNumbers() {
        let report = PhaseReport(.run, PhaseOutcome(tally: Tally(), elapsed: .zero))
        #expect(report.operationsPerSecond == 0 && report.p99Microseconds == 0 && report.kinds.isEmpty)
    }
}
