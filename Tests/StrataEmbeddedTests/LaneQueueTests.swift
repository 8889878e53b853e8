import StrataCore
import Testing

@testable import StrataEmbedded

@Suite("The queue in front of a thread")
struct LaneQueueTests {
    private struct Request: LaneRequest, Equatable {
        var id = 0
        var deadline = ContinuousClock.now + .seconds(10)
        var operations = 1
        var bytes = 0
        var isAbandoned: Bool { false }
        func fail(_ error: StrataError) {}
    }

    private func queue(operations: Int = 10, bytes: Int = 1000, batch: Int = 4) -> LaneQueue<Request> {
        LaneQueue(
            bounds: .init(maximumOperations: operations, maximumBytes: bytes),
            batch: .init(maximumOperations: batch, maximumBytes: 500))
    }

    @Test func `only a parked thread is woken`() {
        var queue = queue()
        #expect(!wakes(queue.add(Request())))
        #expect(ran(queue.next()) == 1)
        #expect(ran(queue.next()) == nil)
        #expect(wakes(queue.add(Request())))
        #expect(!wakes(queue.add(Request())))
        #expect(ran(queue.next()) == 2)
    }

    @Test func `batches are bounded and keep the order`() {
        var queue = queue()
        for id in 0..<9 { _ = queue.add(Request(id: id)) }
        var ids: [[Int]] = []
        while case .run(let batch) = queue.next() { ids.append(batch.map(\.id)) }
        #expect(ids == [[0, 1, 2, 3], [4, 5, 6, 7], [8]])
    }

    @Test func `a request larger than every bound is taken when it is alone`() {
        var queue = queue()
        #expect(refusal(queue.add(Request(operations: 50, bytes: 5000))) == nil)
        #expect(refusal(queue.add(Request())) == .overloaded)
        #expect(ran(queue.next()) == 1)
        #expect(refusal(queue.add(Request())) == nil)
    }

    @Test func `operations and bytes are bounded`() {
        var queue = queue(operations: 3, bytes: 100)
        for _ in 0..<3 { #expect(refusal(queue.add(Request())) == nil) }
        #expect(refusal(queue.add(Request())) == .overloaded)
        _ = queue.next()
        #expect(refusal(queue.add(Request(bytes: 60))) == nil)
        #expect(refusal(queue.add(Request(bytes: 41))) == .overloaded)
        #expect(refusal(queue.add(Request(bytes: 40))) == nil)
    }

    @Test func `a closed queue finishes what waits and refuses the rest`() {
        var queue = queue()
        _ = queue.add(Request())
        let wakesWorking = queue.close()
        #expect(!wakesWorking)
        #expect(refusal(queue.add(Request())) == .shutdown)
        #expect(ran(queue.next()) == 1)
        guard case .end = queue.next() else {
            Issue.record("the thread goes on")
            return
        }
        var parked = self.queue()
        _ = parked.next()
        let wakes = parked.close()
        #expect(wakes)
    }

    @Test func `late requests are found while they wait and while they run`() {
        var queue = queue(batch: 1)
        let start = ContinuousClock.now
        for second in 1...3 { _ = queue.add(Request(id: second, deadline: start + .seconds(second))) }
        _ = queue.next()
        let (late, next) = queue.overdue(at: start + .seconds(2))
        #expect(late.map(\.id) == [1, 2])
        #expect(next == start + .seconds(3))
    }

    @Test func `the watch hears only of deadlines earlier than those it knows`() {
        var queue = queue()
        let start = ContinuousClock.now
        #expect(isEarliest(queue.add(Request(deadline: start + .seconds(5)))))
        #expect(!isEarliest(queue.add(Request(deadline: start + .seconds(6)))))
        #expect(isEarliest(queue.add(Request(deadline: start + .seconds(4)))))
    }

    @Test func `a sequence never gives a number twice, also after a restart or a transaction that failed`() {
        var sequence = ShardSequence(reserved: 7)
        let failed = sequence
        let first = sequence.next()
        #expect(first == 8)
        let reservation = sequence.reservationNeeded
        #expect(reservation.map { $0 > 8 } == true)
        sequence.didReserve(reservation!)
        #expect(sequence.reservationNeeded == nil)
        var restarted = ShardSequence(reserved: sequence.reserved)
        let (afterRestart, last) = (restarted.next(), sequence.next())
        #expect(afterRestart > last)
        var retried = failed
        let again = retried.next()
        #expect(again == first)
    }

    private func wakes(_ admission: LaneQueue<Request>.Admission) -> Bool {
        if case .waits(let wakes, _) = admission { wakes } else { false }
    }

    private func isEarliest(_ admission: LaneQueue<Request>.Admission) -> Bool {
        if case .waits(_, let isEarliest) = admission { isEarliest } else { false }
    }

    private func refusal(_ admission: LaneQueue<Request>.Admission) -> StrataError.Code? {
        if case .refused(let error) = admission { error.code } else { nil }
    }

    private func ran(_ step: LaneQueue<Request>.Step) -> Int? {
        if case .run(let batch) = step { batch.count } else { nil }
    }
}
