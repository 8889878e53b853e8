import Foundation
import LoadDriver
import Testing

@testable import CacheBench

@Suite struct OutputTests {
    private var report: YCSBReport {
        var tally = Tally()
        for index in 1...100 { tally.complete(.read, nanoseconds: UInt64(index) * 1000) }
        tally.fail("ERR no")
        tally.countNotFound()
        tally.count(Mismatch(key: "user1", reason: .missing))
        let plan = PhasePlan(phase: .run, records: 100, operations: 100, clients: 2)
        let phase = PhaseReport(.run, PhaseOutcome(tally: tally, elapsed: .seconds(2)))
        return YCSBReport(target: "localhost:1", plan: plan, phases: [phase])
    }

    @Test func tableHasALinePerKindAndItsColumnsAlign() {
        let lines = report.table.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0] == "localhost:1, workload C, 100 records, 2 clients, pipeline 1, closed loop")
        #expect(lines[1].hasPrefix("phase  kind  operations  ops/s  mean µs"))
        #expect(lines[3].hasPrefix("run    all          101     50"))
        #expect(lines[1].count == lines[3].count)
    }

    @Test func jsonHasTheMainPhasesNumbersAtTheTop() throws {
        let json = try OutputOptions.json(report)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let phase = try #require((object["phases"] as? [[String: Any]])?.first)
        let read = try #require((phase["kinds"] as? [String: [String: Any]])?["read"])
        #expect(object["operationsPerSecond"] as? Double == 50 && phase["operations"] as? Int == 101)
        for numbers in [object, phase] {
            #expect(numbers["errors"] as? Int == 1 && numbers["mismatches"] as? Int == 1)
        }
        for numbers in [object, phase, read] {
            let p50 = try #require(numbers["p50Microseconds"] as? Double)
            #expect(abs(p50 - 50) < 0.1 && numbers["p99Microseconds"] is Double)
        }
        #expect(read["operations"] as? Int == 100 && !json.contains("\n"))
    }

    @Test func remarksNameTheFirstErrorAndMismatch() {
        #expect(
            report.remarks == [
                "run: 1 errors, the first: ERR no", "run: 1 reads found nothing", "run: 1 mismatches, the first:",
                "  user1: missing, though it was written",
            ])
    }

    @Test(arguments: [
        (0.0, 1, "0.0"), (0.04, 1, "0.0"), (1.25, 2, "1.25"), (-3.5, 1, "-3.5"), (1234.6, 0, "1235"),
        (0.007, 3, "0.007"),
    ])
    func numbersHaveFixedDecimals(value: Double, decimals: Int, text: String) {
        #expect(value.fixed(decimals) == text)
    }

    @Test func progressShowsShareSpeedAndRest() {
        let bar = ProgressBar(title: "load", progress: Progress(total: 200))
        #expect(
            bar.line(completed: 50, after: .seconds(1))
                == "load [#######.......................] 25 %, 50 operations/s, 3 s left")
        #expect(bar.line(completed: 0, after: .zero).hasPrefix("load [......"))
    }
}
