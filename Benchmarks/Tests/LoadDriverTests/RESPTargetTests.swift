import NIOCore
import Testing

@testable import LoadDriver

/// Whole runs against a small server of the test's own, which keeps its promises or breaks them.
@Suite struct RESPTargetTests {
    private func report(
        _ behaviour: TestServer.Behaviour, workload: Workload = .a, records: Int = 200, operations: Int = 4000,
        clients: Int = 8, depth: Int = 2, rate: Double? = nil, threads: Int = 2, timeout: TimeAmount = .seconds(30)
    ) async throws -> YCSBReport {
        try await TestServer.with(behaviour) { address in
            let plan = PhasePlan(
                phase: .run, records: records, operations: operations, clients: clients, depth: depth,
                workload: workload, run: 5, rate: rate,
                ledger: WriteLedger(records: records, run: 5, recordsExist: false))
            return try await run(plan, on: RESPTarget(address: address, threads: threads, timeout: timeout))
        }
    }

    private func run(_ plan: PhasePlan, on target: RESPTarget) async throws -> YCSBReport {
        let run = YCSBRun(
            target: target, plan: plan, phases: YCSBRun.phases(of: plan, loads: true, runs: true))
        do {
            let report = try await run.report { _, progress, body in
                let outcome = try await body()
                #expect(progress.completed == outcome.tally.completed)
                return outcome
            }
            try await target.shutdown()
            return report
        } catch {
            try await target.shutdown()
            throw error
        }
    }

    @Test(arguments: Workload.allCases) func anHonestServerHasNoMismatch(workload: Workload) async throws {
        let report = try await report(.honest, workload: workload)
        #expect(report.errors == 0 && report.mismatches == 0 && report.notFound == 0)
        #expect(report.phases.map(\.phase) == ["load", "run", "verify"])
        #expect(report.phases.map(\.operations) == [200, 4000, 200])
        #expect(report.main.operationsPerSecond > 0 && report.main.p99Microseconds >= report.main.p50Microseconds)
    }

    @Test func moreClientsThanOperationsDoNoHarm() async throws {
        let report = try await report(.honest, records: 3, operations: 2, clients: 9, threads: 4)
        #expect(report.phases.map(\.operations) == [3, 2, 3])
    }

    @Test func anOpenLoopTakesAsLongAsItsRateSays() async throws {
        let report = try await report(.honest, workload: .c, operations: 300, rate: 1000)
        let run = try #require(report.phases.first { $0.phase == "run" })
        #expect(run.seconds >= 0.298)
        #expect(run.operationsPerSecond <= 1010)
    }

    @Test func aServerThatDropsAcknowledgedWritesIsCaught() async throws {
        let report = try await report(.keepsFirstValue)
        #expect(report.mismatches > 0)
        #expect(report.phases[1].firstMismatches.first?.contains("was acknowledged before the read began") == true)
    }

    @Test func aServerThatLosesRecordsIsCaught() async throws {
        let report = try await report(.forgets(every: 10), workload: .c, operations: 0)
        #expect(report.mismatches == 20 && report.notFound == 20)
        #expect(report.phases.last?.firstMismatches.count == Tally.shownMismatches)
    }

    @Test func aServerThatMixesUpValuesIsCaught() async throws {
        let report = try await report(.storesUnderOneKey, workload: .c, operations: 0)
        #expect(report.mismatches == 199)
    }

    @Test func refusalsAreCountedAndTheFirstIsShown() async throws {
        let report = try await report(.refuses(every: 10), workload: .c, operations: 0)
        #expect(report.errors == 40)
        #expect(report.phases[0].firstError == "ERR shard-1: not today")
        #expect(report.mismatches == 0, "a record whose write failed may be missing")
    }

    @Test func aBrokenConnectionIsMadeAgain() async throws {
        let report = try await report(.hangsUpOnce(after: 500), workload: .a)
        #expect(report.phases.map(\.operations) == [200, 4000, 200])
        #expect(report.errors > 0 && report.errors <= 2)
        #expect(report.mismatches == 0)
    }

    @Test func aServerThatHangsUpForEverEndsTheRun() async throws {
        await #expect(throws: LoadError.self) { try await report(.hangsUpAlways, operations: 1_000_000) }
    }

    @Test func aSilentServerIsGivenUp() async throws {
        let report = try await report(
            .ignoresOnce(after: 100), workload: .c, clients: 2, depth: 1, timeout: .milliseconds(500))
        // A busy machine may make the server miss the limit more often than it was told to.
        #expect(report.errors >= 1)
        #expect(report.phases[0].firstError == "no answer within 500 ms")
        #expect(report.phases.map(\.operations) == [200, 4000, 200])
    }

    @Test func anotherProtocolEndsTheRun() async throws {
        let error = await #expect(throws: LoadError.self) { try await report(.speaksHTTP) }
        #expect(error?.description.contains("is this a Redis server?") == true)
    }

    @Test func nobodyThereIsAnErrorThatNamesTheAddress() async throws {
        let address = try await TestServer.with(.honest) { $0 }
        let plan = PhasePlan(phase: .run, records: 1, operations: 1, clients: 3)
        let error = await #expect(throws: LoadError.self) {
            try await run(plan, on: RESPTarget(address: address, threads: 2))
        }
        #expect(
            error?.description == "cannot connect to \(address): Connection refused; is the server running?")
    }
}
