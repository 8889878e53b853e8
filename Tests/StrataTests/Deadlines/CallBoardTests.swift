import Testing

@testable import Strata

@Suite("The board of calls with deadlines")
struct CallBoardTests {
    private let start = ContinuousClock.now

    private func begin<Caller>(
        _ caller: Caller, on board: inout CallBoard<Caller>, by deadline: ContinuousClock.Instant
    ) throws -> CallBoard<Caller>.Identifier {
        let identifier = board.begin(caller, by: deadline)
        return try #require(identifier)
    }

    @Test("A caller is handed out once: to the call that returns, or to who gives it up")
    func once() throws {
        var board = CallBoard<String>(limit: 2)
        var answered: String?
        let first = try begin("first", on: &board, by: start + .seconds(1))
        let second = try begin("second", on: &board, by: start + .seconds(2))
        answered = board.finish(first)
        #expect(answered == "first")
        answered = board.abandon(first)
        #expect(answered == nil)
        answered = board.abandon(second)
        #expect(answered == "second")
        #expect(board.abandonedCount == 1)
        answered = board.finish(second)
        #expect(answered == nil, "nobody waits for it any more")
        #expect(board.abandonedCount == 0)
    }

    @Test("Overdue calls are given up, and the next look is at the earliest deadline that is left")
    func overdue() throws {
        var board = CallBoard<Int>(limit: 10)
        for second in 1...4 { _ = try begin(second, on: &board, by: start + .seconds(second)) }
        var answer = board.abandonOverdue(at: start)
        #expect(answer.overdue.isEmpty && answer.next == start + .seconds(1))
        answer = board.abandonOverdue(at: start + .seconds(2))
        #expect(answer.overdue.map(\.caller).sorted() == [1, 2] && answer.next == start + .seconds(3))
        answer = board.abandonOverdue(at: start + .seconds(9))
        #expect(answer.overdue.map(\.caller).sorted() == [3, 4] && answer.next == nil)
    }

    @Test("Beyond the limit of calls that were given up and go on, none begins")
    func limit() throws {
        var board = CallBoard<Int>(limit: 2)
        var answered: Int?
        let calls = try (0..<3).map { try begin($0, on: &board, by: start) }
        answered = board.abandon(calls[0])
        #expect(answered == 0)
        _ = try begin(3, on: &board, by: start)
        answered = board.abandon(calls[1])
        #expect(answered == 1)
        let refused = board.begin(4, by: start)
        #expect(refused == nil)
        answered = board.finish(calls[0])
        #expect(answered == nil)
        _ = try begin(5, on: &board, by: start)
    }
}
