import StrataCore
import Testing

@testable import StrataPostgres

@Suite struct WaitingRequestsTests {
    private func put(_ key: Key) -> PutRequest {
        PutRequest([Mutation(.put([1]), key: key)], epoch: .none, shard: "s", deadline: .now + .seconds(60))
    }

    private func read(_ key: Key) -> ReadRequest {
        ReadRequest([key], epoch: .none, shard: "s", deadline: .now + .seconds(60))
    }

    private func next(_ waiting: inout WaitingRequests, of count: Int) -> Request? {
        waiting.nextBatch(of: count, { _ in }, board: { _ in })
    }

    @Test func aLoneRequestLeavesAlone() {
        var waiting = WaitingRequests()
        let request = put("a")
        waiting.append(request)
        #expect(next(&waiting, of: 100) === request)
        #expect(request.passengers.isEmpty && waiting.isEmpty)
    }

    @Test func aBatchIsOfOneKindAndTheOthersKeepTheirOrder() {
        var waiting = WaitingRequests()
        let requests: [Request] = [put("a"), read("b"), put("c"), read("d"), put("e")]
        for request in requests { waiting.append(request) }
        let puts = next(&waiting, of: 100)
        #expect(puts === requests[0])
        #expect(puts?.passengers.map(ObjectIdentifier.init) == [requests[2], requests[4]].map(ObjectIdentifier.init))
        let reads = next(&waiting, of: 100)
        #expect(reads === requests[1] && reads?.passengers.first === requests[3])
        #expect(waiting.isEmpty)
    }

    @Test func twoWritesOfOneKeyNeverShareAStatement() {
        var waiting = WaitingRequests()
        let requests = [put("a"), put("b"), put("b"), put("a")]
        for request in requests { waiting.append(request) }
        #expect(next(&waiting, of: 100)?.passengers.first === requests[1])
        #expect(next(&waiting, of: 100)?.passengers.first === requests[3])
    }

    @Test func aBatchIsNoLargerThanItsShare() {
        var waiting = WaitingRequests()
        for number in 0..<10 { waiting.append(put(Key("\(number)"))) }
        #expect(next(&waiting, of: 4)?.everyone.count == 4)
        #expect(waiting.mergeableCount == 6)
    }

    @Test func whatTravelsAloneIsNeverMerged() {
        var waiting = WaitingRequests()
        let (lone, other) = (put("a"), put("b"))
        lone.travelsAlone = true
        waiting.append(lone)
        waiting.append(other)
        #expect(waiting.nextSingle { _ in } === lone)
        #expect(next(&waiting, of: 100) === other)
    }

    @Test func whatHasItsAnswerIsDropped() {
        var waiting = WaitingRequests()
        let (gone, other) = (put("a"), put("b"))
        waiting.append(gone)
        waiting.append(other)
        gone.fail(StrataError(.cancelled, "gone"))
        var dropped: [ObjectIdentifier] = []
        let first = waiting.nextBatch(of: 9, { dropped.append(ObjectIdentifier($0)) }, board: { _ in })
        #expect(first === other && dropped == [ObjectIdentifier(gone)])
    }
}
