import Histogram
import NIOCore
import Testing

@testable import LoadDriver

@Suite struct ClientSessionTests {
    private func time(_ microseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000 + microseconds * 1000) }

    /// Sends whatever there is to send, and says what the session waits for then.
    private func drain(
        _ session: inout ClientSession, at now: NIODeadline
    ) -> (requests: [ClientSession.Request], then: ClientSession.Step) {
        var requests: [ClientSession.Request] = []
        while true {
            let step = session.next(at: now)
            guard case .send(let request) = step else { return (requests, step) }
            requests.append(request)
        }
    }

    @Test(arguments: [Phase.load, .verify], [1, 3, 7]) func visitsEveryRecordOnce(phase: Phase, clients: Int) {
        let plan = PhasePlan(phase: phase, records: 100, operations: 100, clients: clients, depth: 4)
        var visited: [Int] = []
        var tally = Tally()
        for client in 0..<clients {
            var session = ClientSession(plan: plan, client: client, start: time(0))
            while !session.isFinished {
                for request in drain(&session, at: time(0)).requests {
                    visited.append(request.record)
                    #expect((request.write != nil) == (phase == .load))
                    session.complete(phase == .load ? .stored : .missing, at: time(5), into: &tally)
                }
            }
            #expect(session.next(at: time(9)) == .finish)
        }
        #expect(visited.sorted() == Array(0..<100))
        #expect(tally.completed == 100)
        #expect(tally.notFound == (phase == .verify ? 100 : 0))
    }

    @Test func keepsAsManyRequestsUnderWayAsThePipelineIsDeep() {
        let plan = PhasePlan(phase: .load, records: 10, operations: 10, clients: 1, depth: 3)
        var session = ClientSession(plan: plan, client: 0, start: time(0))
        var tally = Tally()
        let (requests, then) = drain(&session, at: time(0))
        #expect(requests.count == 3)
        #expect(then == .awaitAnswer)
        session.complete(.stored, at: time(10), into: &tally)
        #expect(drain(&session, at: time(10)).requests.count == 1)
        #expect(tally.overall.totalCount == 1)
        #expect(tally.overall.maxRecorded == 10_000)
    }

    @Test(arguments: [(Workload.a, 0.5), (.b, 0.95), (.c, 1), (.f, 0.5)])
    func mixesOperationsAsTheWorkloadSays(workload: Workload, reads: Double) {
        let plan = PhasePlan(phase: .run, records: 100, operations: 20_000, clients: 1, workload: workload)
        var session = ClientSession(plan: plan, client: 0, start: time(0))
        var tally = Tally()
        while case .send(let request) = session.next(at: time(0)) {
            session.complete(request.write == nil ? .missing : .stored, at: time(1), into: &tally)
        }
        #expect(tally.completed == 20_000)
        let other = workload == .f ? OperationKind.readModifyWrite : .update
        let others = Double(tally.latency(of: other).totalCount)
        #expect(abs(others / 20_000 - (1 - reads)) < 0.015)
        if workload == .f {
            #expect(tally.latency(of: .read).totalCount == 20_000, "every operation reads")
            #expect(tally.latency(of: .update).totalCount == UInt64(others))
        }
    }

    @Test func readModifyWriteIsOneOperationOfTwoRoundTrips() throws {
        let plan = PhasePlan(phase: .run, records: 100, operations: 50, clients: 1, workload: .f, seed: 5)
        var session = ClientSession(plan: plan, client: 0, start: time(0))
        var tally = Tally()
        var now: UInt64 = 0
        while case .send(let read) = session.next(at: time(now)) {
            #expect(read.write == nil)
            now += 30
            session.complete(.missing, at: time(now), into: &tally)
            guard tally.completed == 0 else {
                tally = Tally()
                continue
            }
            guard case .send(let write) = session.next(at: time(now)) else {
                Issue.record("the write of a read-modify-write comes right after its read")
                return
            }
            #expect(write.record == read.record && write.write != nil)
            session.complete(.stored, at: time(now + 20), into: &tally)
            #expect(tally.latency(of: .readModifyWrite).maxRecorded == 50_000)
            #expect(tally.latency(of: .update).maxRecorded == 20_000)
            #expect(tally.overall.totalCount == 1)
            return
        }
        Issue.record("no read-modify-write in 50 operations")
    }

    @Test func anOpenLoopMeasuresFromWhenARequestWasDue() {
        // Two clients at 1,000 a second: client 1 is due at 1 ms, 3 ms, 5 ms, …
        let plan = PhasePlan(phase: .run, records: 10, operations: 6, clients: 2, rate: 1000)
        var session = ClientSession(plan: plan, client: 1, start: time(0))
        var tally = Tally()
        #expect(session.next(at: time(0)) == .awaitTime(time(1000)))
        #expect(drain(&session, at: time(1000)).requests.count == 1)
        // The server stalls for 9 ms: the second and third requests go out late, and their wait counts.
        session.complete(.missing, at: time(10_000), into: &tally)
        #expect(drain(&session, at: time(10_000)).requests.count == 1)
        session.complete(.missing, at: time(10_100), into: &tally)
        #expect(drain(&session, at: time(10_100)).requests.count == 1)
        session.complete(.missing, at: time(10_200), into: &tally)
        #expect(session.isFinished)
        let latencies = tally.overall.recordedValues().map { Double($0.value) / 1e6 }
        for (seen, expected) in zip(latencies, [5.2, 7.1, 9.0]) { #expect(abs(seen - expected) < 0.01) }
    }

    @Test func aLostConnectionFailsWhatWasUnderWay() {
        let plan = PhasePlan(phase: .load, records: 10, operations: 10, clients: 1, depth: 4)
        var session = ClientSession(plan: plan, client: 0, start: time(0))
        var tally = Tally()
        _ = drain(&session, at: time(0))
        session.connectionLost("closed", into: &tally)
        #expect(tally.errors == 4 && tally.firstError == "closed")
        #expect(drain(&session, at: time(1)).requests.map(\.record) == [4, 5, 6, 7])
    }

    @Test func aStaleReadIsCountedOnce() {
        let ledger = WriteLedger(records: 1, run: 1, recordsExist: false)
        let load = PhasePlan(phase: .load, records: 1, operations: 1, clients: 1, ledger: ledger)
        var tally = Tally()
        for _ in 0..<2 {
            var session = ClientSession(plan: load, client: 0, start: time(0))
            _ = drain(&session, at: time(0))
            session.complete(.stored, at: time(1), into: &tally)
        }
        var verify = load
        verify.phase = .verify
        var session = ClientSession(plan: verify, client: 0, start: time(0))
        _ = drain(&session, at: time(0))
        let old = RecordValue(record: 0, run: 1, number: 1).bytes(length: 100)
        old.withUnsafeBytes { session.complete(.found($0), at: time(2), into: &tally) }
        #expect(tally.mismatches == 1)
        #expect(tally.firstMismatches == [Mismatch(key: RecordKey.text(0), reason: .stale(seen: 1, floor: 2))])
    }
}
