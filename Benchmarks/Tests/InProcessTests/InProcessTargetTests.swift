import LoadDriver
import Logging
import Strata
import StrataMemory
import Testing

@testable import InProcess

/// Whole runs against a manager of this process, with memory as its only level.
@Suite struct InProcessTargetTests {
    private func report(
        workload: Workload = .a, records: Int = 200, operations: Int = 4000, clients: Int = 20, rate: Double? = nil,
        valueBytes: Int = 100, capacityBytes: Int = 1 << 20, loads: Bool = true
    ) async throws -> YCSBReport {
        let manager = try CacheManager(
            memory: MemoryConfiguration(capacityBytes: capacityBytes, policy: .lru), store: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let plan = PhasePlan(
            phase: .run, records: records, operations: operations, clients: clients, workload: workload,
            valueBytes: valueBytes, run: 5, rate: rate,
            ledger: WriteLedger(records: records, run: 5, recordsExist: !loads))
        let run = YCSBRun(
            target: InProcessTarget(name: "here", manager: manager), plan: plan,
            phases: YCSBRun.phases(of: plan, loads: loads, runs: true))
        return try await run.report { _, progress, body in
            let outcome = try await body()
            #expect(progress.completed == outcome.tally.completed)
            return outcome
        }
    }

    @Test(arguments: Workload.allCases) func theLibraryHasNoMismatch(workload: Workload) async throws {
        let report = try await report(workload: workload)
        #expect(report.phases.map(\.operations) == [200, 4000, 200])
        #expect(report.errors == 0 && report.notFound == 0 && report.mismatches == 0)
        #expect(report.target == "here" && report.main.operationsPerSecond > 0)
    }

    @Test func moreClientsThanOperationsDoNoHarm() async throws {
        let report = try await report(records: 3, operations: 2, clients: 40)
        #expect(report.phases.map(\.operations) == [3, 2, 3])
    }

    @Test func anOpenLoopTakesAsLongAsItsRateSays() async throws {
        let report = try await report(workload: .c, operations: 300, rate: 1000)
        let run = try #require(report.phases.first { $0.phase == "run" })
        #expect(run.seconds >= 0.298 && run.operationsPerSecond <= 1010)
    }

    @Test func aLevelThatForgetsIsCaught() async throws {
        // A hundredth of what the records need.
        let report = try await report(workload: .c, operations: 0, valueBytes: 1000, capacityBytes: 20_000)
        #expect(report.notFound > 100 && report.mismatches == report.notFound)
    }

    @Test func recordsThatAnEarlierRunShouldHaveWrittenAreMissed() async throws {
        let report = try await report(workload: .c, operations: 0, loads: false)
        #expect(report.mismatches == 200 && report.phases.map(\.phase) == ["verify"])
    }

    @Test func refusalsAreCountedAndTheFirstIsShown() async throws {
        let report = try await report(operations: 0, valueBytes: 10_000, capacityBytes: 20_000)
        #expect(report.errors == 200 && report.phases[0].firstError != nil)
    }
}
