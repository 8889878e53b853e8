import NIOCore
import NIOEmbedded
import StrataCore
import Testing

@testable import StrataProxy

/// Reads that the cache answers on the event loop, without a task.
@Suite struct LoopReadsTests {
    private func clients() async throws -> (TestClient, TestClient) {
        let first = try await TestClient()
        first.cache.take(.answered)
        for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] as [(Key, String)] { first.cache.store(key, value) }
        return (first, try await first.neighbour())
    }

    @Test func connectionsThatAreReadInOneTurnShareAQuestionAndGetOneWriteEach() async throws {
        let (first, second) = try await clients()
        try await first.send(lines: ["GET a", "MGET b none", "EXISTS c c"])
        try await second.send(lines: ["GET c", "PING"])
        #expect(first.cache.calls.isEmpty)
        await first.turn()
        #expect(first.cache.calls == [.question(["a", "b", "none", "c", "c", "c"])])
        #expect(try await second.writes().isEmpty)
        try await first.answerQuestions()
        #expect(try await first.writes() == ["$1\r\n1\r\n*2\r\n$1\r\n2\r\n$-1\r\n:2\r\n"])
        #expect(try await second.writes() == ["$1\r\n3\r\n+PONG\r\n"])
        #expect(first.cache.calls.count == 1)
    }

    @Test func manyKeysAreSeveralQuestions() async throws {
        let (client, _) = try await clients()
        let lines = (0..<600).map { "GET k\($0)" }
        try await client.send(lines: lines)
        await client.turn()
        let sizes = client.cache.calls.map { if case .question(let keys) = $0 { keys.count } else { 0 } }
        #expect(sizes.reduce(0, +) == 600)
        #expect(sizes.count > 1)
        try await client.answerQuestions()
        #expect(try await client.writes().joined() == String(repeating: "$-1\r\n", count: 600))
    }

    @Test func aChangeOfTheSameKeyWaitsForTheReadAndIsSeenByTheNext() async throws {
        let (client, _) = try await clients()
        try await client.send(lines: ["GET a", "SET a 9", "GET a"])
        await client.turn()
        #expect(client.cache.calls == [.question(["a"])])
        try await client.answerQuestions()
        #expect(try await client.receive(atLeast: 12) == "$1\r\n1\r\n+OK\r\n")
        #expect(client.cache.calls == [.question(["a"]), .apply(["a"]), .question(["a"])])
        try await client.answerQuestions()
        #expect(try await client.writes() == ["$1\r\n9\r\n"])
    }

    @Test func aReadBehindASlowWriteKeepsItsPlace() async throws {
        let (client, _) = try await clients()
        client.cache.hold()
        try await client.send(lines: ["SET x 1", "GET a"])
        try await client.awaitHeld(1)
        try await client.answerQuestions()
        #expect(try await client.writes().isEmpty)
        client.cache.release()
        #expect(try await client.receive(atLeast: 12) == "+OK\r\n$1\r\n1\r\n")
    }

    @Test func anErrorIsTheReplyOfItsKeysAlone() async throws {
        let (first, second) = try await clients()
        first.cache.fail("b", StrataError(.timeout, "too late", origin: "redis"))
        try await first.send(lines: ["GET a", "GET b"])
        try await second.send(lines: ["GET c"])
        await first.turn()
        try await first.answerQuestions()
        #expect(try await first.writes() == ["$1\r\n1\r\n-ERR redis: too late\r\n"])
        #expect(try await second.writes() == ["$1\r\n3\r\n"])
    }

    @Test(arguments: [TestCache.Questions.refused, .notEnough])
    func readsThatTakeATaskGoOnInOne(_ questions: TestCache.Questions) async throws {
        let (first, second) = try await clients()
        first.cache.take(questions)
        try await first.send(lines: ["GET a", "GET b"])
        try await second.send(lines: ["GET c"])
        await first.turn()
        try await first.answerQuestions()
        #expect(try await first.receive(atLeast: 14) == "$1\r\n1\r\n$1\r\n2\r\n")
        #expect(try await second.receive(atLeast: 7) == "$1\r\n3\r\n")
        let reads = first.cache.calls.filter { if case .read = $0 { true } else { false } }
        #expect(Set(reads) == [.read(["a", "b"], .cached), .read(["c"], .cached)])
    }

    @Test(arguments: [TestCache.Questions.answered, .notEnough])
    func aClientThatHasGoneGetsNothingAndNobodyElseItsReply(_ questions: TestCache.Questions) async throws {
        let (first, second) = try await clients()
        first.cache.take(questions)
        try await first.send(lines: ["GET a"])
        try await second.send(lines: ["GET b"])
        await first.turn()
        try await first.channel.close()
        await first.turn()
        #expect(first.endCount == 0, "its read is under way")
        try await first.answerQuestions()
        #expect(first.endCount == 1)
        #expect(try await first.writes().isEmpty)
        #expect(try await second.receive(atLeast: 7) == "$1\r\n2\r\n")
        try await second.channel.close()
        await second.turn()
        #expect(second.endCount == 1)
    }

    @Test func aClientThatGoesBeforeTheTurnIsOverEndsOnce() async throws {
        let (first, second) = try await clients()
        try await first.send(lines: ["GET a", "GET b"])
        try await second.send(lines: ["GET c"])
        try await first.channel.close()
        await first.turn()
        try await first.answerQuestions()
        #expect(first.endCount == 1)
        #expect(try await second.writes() == ["$1\r\n3\r\n"])
    }

    @Test func drainingWaitsForTheAnswer() async throws {
        let (client, _) = try await clients()
        try await client.send(lines: ["GET a"])
        await client.turn()
        client.channel.pipeline.fireUserInboundEventTriggered(DrainRequest())
        await client.turn()
        await client.channel.testingEventLoop.advanceTime(by: DrainRequest.grace)
        #expect(client.channel.isActive)
        try await client.answerQuestions()
        #expect(try await client.writes() == ["$1\r\n1\r\n"])
        try await client.awaitClose()
        #expect(client.endCount == 1)
    }
}
