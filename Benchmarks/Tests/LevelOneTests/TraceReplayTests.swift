import StrataMemory
import Testing

@testable import LevelOne

@Suite struct TraceReplayTests {
    /// Hits of an exact LRU of so many entries.
    private func hitsOfLRU(_ requests: [UInt32], capacity: Int) -> Int {
        var order: [UInt32] = []
        var hits = 0
        for request in requests {
            if let index = order.firstIndex(of: request) {
                order.remove(at: index)
                hits += 1
            } else if order.count == capacity {
                order.removeFirst()
            }
            order.append(request)
        }
        return hits
    }

    @Test(arguments: [16, 17, 40, 64]) func holdsExactlyAsManyEntriesAsTheCapacitySays(capacity: Int) throws {
        // A loop over one key more than fit never hits under LRU; over as many as fit it misses only at first.
        for (keys, hits) in [(capacity, 9 * capacity), (capacity + 1, 0)] {
            let requests = (0..<10 * keys).map { UInt32($0 % keys) }
            let report = try TraceReplay(
                trace: Trace(name: "loop", requests: requests), capacity: capacity, policy: .lru
            ).report()
            #expect(report.hitRatio == (Double(hits) / Double(requests.count) * 10_000).rounded() / 100)
        }
    }

    @Test func agreesWithAnExactLRU() throws {
        var state: UInt32 = 1
        let requests = (0..<5000).map { _ -> UInt32 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (state >> 16) % 200 * ((state >> 8) % 3)
        }
        let trace = Trace(name: "random", requests: requests)
        for capacity in [16, 50, 120] {
            let report = try TraceReplay(trace: trace, capacity: capacity, policy: .lru).report()
            let expected = Double(hitsOfLRU(requests, capacity: capacity)) / 50
            #expect(abs(report.hitRatio - expected) < 0.006)
        }
    }

    @Test func capacitiesAreSharesOfTheUniqueKeysAndNeverBelowSixteen() {
        #expect(Trace(name: "", requests: Array(0..<2606)).capacities == [26, 130, 260, 651])
        #expect(Trace(name: "", requests: Array(0..<100) + Array(0..<100)).capacities == [16, 16, 16, 25])
    }

    @Test func referenceIsFoundByTraceAndCapacity() throws {
        let csv = "trace,requests,unique,capacity,LRU,Belady\nlirs-loop,1,2,16,1.5,20\r\nlirs-gli,1,2,32,2,30.25\n"
        let reference = try ReferenceRatios(csv: csv)
        #expect(reference.policies == ["LRU", "Belady"])
        #expect(reference.ratios(trace: "lirs-gli", capacity: 32) == [2, 30.25])
        #expect(reference.ratios(trace: "lirs-gli", capacity: 16) == nil)
        #expect(throws: LevelOneError.self) { try ReferenceRatios(csv: "a,b\n1,2\n") }
        #expect(throws: LevelOneError.self) { try ReferenceRatios(csv: csv + "x,1\n") }
        #expect(throws: LevelOneError.self) { try ReferenceRatios(csv: csv + "x,1,2,3,a,b\n") }
    }

    @Test func aDirectoryWithoutTracesIsAnError() {
        #expect(throws: LevelOneError.self) { try Trace.files(in: "/nonexistent") }
    }
}
