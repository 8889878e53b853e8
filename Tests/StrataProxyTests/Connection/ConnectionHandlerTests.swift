import NIOCore
import NIOEmbedded
import StrataCore
import StrataMemory
import Synchronization
import Testing

@testable import StrataProxy

@Suite struct ConnectionHandlerTests {
    @Test func hitsOfOneReadAreAnsweredInOneWrite() async throws {
        let client = try await TestClient()
        client.cache.cache("a", "1")
        client.cache.cache("b", "")
        client.cache.cache("c", nil)
        try await client.send(lines: ["GET a", "get b", "GeT c", "MGET a b c", "EXISTS a b c a", "STRLEN a", "PING"])
        #expect(
            try await client.writes() == [
                "$1\r\n1\r\n$0\r\n\r\n$-1\r\n*3\r\n$1\r\n1\r\n$0\r\n\r\n$-1\r\n:3\r\n:1\r\n+PONG\r\n"
            ])
        #expect(client.cache.calls.isEmpty)
    }

    @Test func missesOfOneReadAreOneCall() async throws {
        let client = try await TestClient()
        client.cache.store("a", "1")
        client.cache.cache("b", "2")
        client.cache.store("c", "3")
        try await client.send(lines: ["GET a", "GET b", "MGET c a", "PING", "GET none"])
        let expected = "$1\r\n1\r\n$1\r\n2\r\n*2\r\n$1\r\n3\r\n$1\r\n1\r\n+PONG\r\n$-1\r\n"
        #expect(try await client.receive(atLeast: expected.utf8.count) == expected)
        #expect(client.cache.calls == [.read(["a", "c", "a", "none"], .cached)])
    }

    @Test(arguments: ["MGET", "EXISTS"]) func everyKeyOfOneRequestCountsInMemory(command: String) async throws {
        let client = try await TestClient()
        for key in ["a", "b", "c"] { client.cache.store(Key(key), "1") }
        client.cache.cache("b", "1")
        client.cache.cache("none", nil)
        try await client.send(lines: ["\(command) a b c none", "\(command) b none"])
        _ = try await client.receive(atLeast: command == "MGET" ? 46 : 8)
        #expect(client.cache.memory.statistics.misses == 2)
        #expect(client.cache.memory.statistics.hits == 4)
    }

    @Test func writesOfOneReadAreOneCallInOrder() async throws {
        let client = try await TestClient()
        try await client.send(lines: ["SET n 5", "INCR n", "APPEND n 0", "SET m 1"])
        #expect(try await client.receive(atLeast: 18) == "+OK\r\n:6\r\n:2\r\n+OK\r\n")
        #expect(client.cache.calls == [.apply(["n", "n", "n", "m"])])
    }

    @Test func aReadSeesTheChangeBeforeItAndNotTheOneAfter() async throws {
        let client = try await TestClient()
        client.cache.store("k", "old")
        client.cache.cache("k", "old")
        client.cache.hold()
        try await client.send(lines: ["GET k", "SET k new", "GET k", "SET k newer", "GET other"])
        try await client.awaitHeld(1)
        #expect(client.cache.calls == [.apply(["k"])])
        #expect(try await client.writes() == ["$3\r\nold\r\n"])
        client.cache.release()
        let expected = "+OK\r\n$3\r\nnew\r\n+OK\r\n$-1\r\n"
        #expect(try await client.receive(atLeast: expected.utf8.count) == expected)
    }

    @Test func aSlowRequestLetsOthersGoOnAndKeepsTheOrderOfReplies() async throws {
        let client = try await TestClient()
        client.cache.store("a", "1")
        client.cache.cache("b", "2")
        client.cache.hold()
        try await client.send(lines: ["GET a"])
        try await client.awaitHeld(1)
        try await client.send(lines: ["SET c 3", "GET b"])
        try await client.awaitHeld(2)
        #expect(try await client.writes() == [])
        client.cache.release()
        #expect(try await client.receive(atLeast: 19) == "$1\r\n1\r\n+OK\r\n$1\r\n2\r\n")
    }

    @Test func flushWaitsForWhatIsBeforeItAndHoldsUpWhatIsAfter() async throws {
        let client = try await TestClient()
        client.cache.hold()
        try await client.send(lines: ["SET a 1", "FLUSHALL", "GET a"])
        try await client.awaitHeld(1)
        #expect(client.cache.calls == [.apply(["a"])])
        client.cache.release()
        #expect(try await client.receive(atLeast: 15) == "+OK\r\n+OK\r\n$-1\r\n")
        #expect(client.cache.calls == [.apply(["a"]), .removeAll, .read(["a"], .cached)])
    }

    @Test func requestsUnderWayAreBounded() async throws {
        let client = try await TestClient(configuration: ProxyConfiguration(maximumPipelinedRequests: 3))
        client.cache.hold()
        try await client.send(lines: (0..<10).map { "GET k\($0)" })
        try await client.awaitHeld(1)
        #expect(client.cache.calls == [.read(["k0", "k1", "k2"], .cached)])
        client.cache.release()
        #expect(try await client.receive(atLeast: 50) == String(repeating: "$-1\r\n", count: 10))
    }

    @Test func anErrorOfOneShardIsTheReplyOfItsKeysAlone() async throws {
        let client = try await TestClient()
        client.cache.store("a", "1")
        client.cache.fail("b", StrataError(.unavailable, "no connection\nfor now", origin: "shard-1"))
        try await client.send(lines: ["GET a", "GET b", "SET b 1", "MGET a b"])
        let text = try await client.receive(atLeast: 100)
        let error = "-ERR shard-1: no connection for now\r\n"
        #expect(text == "$1\r\n1\r\n" + error + error + error)
    }

    @Test func aProtocolErrorIsAnsweredOnceAndEndsTheConnection() async throws {
        let client = try await TestClient()
        try await client.send("PING\r\n*1\r\n:1\r\nPING\r\n")
        #expect(try await client.receive() == "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n")
        try await client.awaitClose()
        #expect(client.server.statistics.protocolErrors.load(ordering: .relaxed) == 1)
    }

    @Test func httpGetsNoReplyAndRunsNothing() async throws {
        let client = try await TestClient()
        try await client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k evil\r\n")
        try await client.awaitClose()
        #expect(try await client.writes().joined() == "")
        #expect(client.cache.calls.isEmpty)
    }

    @Test func quitAnswersWhatCameBeforeAndCloses() async throws {
        let client = try await TestClient()
        client.cache.hold()
        try await client.send(lines: ["GET a", "QUIT", "SET b 1"])
        try await client.awaitHeld(1)
        client.cache.release()
        #expect(try await client.receive(atLeast: 10) == "$-1\r\n+OK\r\n")
        try await client.awaitClose()
        #expect(client.cache.calls == [.read(["a"], .cached)])
    }

    @Test func drainingAnswersWhatIsUnderWayAndCloses() async throws {
        let client = try await TestClient()
        client.cache.hold()
        try await client.send(lines: ["GET a"])
        try await client.awaitHeld(1)
        client.channel.pipeline.fireUserInboundEventTriggered(DrainRequest())
        try await client.send(lines: ["PING"])
        await client.channel.testingEventLoop.advanceTime(by: DrainRequest.grace)
        #expect(client.channel.isActive)
        client.cache.release()
        #expect(try await client.receive(atLeast: 12) == "$-1\r\n+PONG\r\n")
        try await client.awaitClose()
    }

    @Test func aRequestMayComeByteByByte() async throws {
        let client = try await TestClient()
        client.cache.cache("key", "value")
        for byte in "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\nGET key\r\n" { try await client.send(String(byte)) }
        #expect(try await client.receive(atLeast: 22) == "$5\r\nvalue\r\n$5\r\nvalue\r\n")
    }

    @Test func closingWhileRequestsAreUnderWayCancelsThem() async throws {
        let client = try await TestClient()
        client.cache.hold()
        try await client.send(lines: ["GET a"])
        try await client.awaitHeld(1)
        try await client.channel.close()
        client.cache.release()
        #expect(try await client.writes().isEmpty)
    }
}
