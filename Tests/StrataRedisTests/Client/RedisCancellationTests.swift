import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// Callers that give up are answered soon, whether or not they were already woken to hear of it.
@Suite struct RedisCancellationTests {
    @Test(arguments: [0, 300, 1000, 3000, 30_000])
    func aCallerThatGivesUpIsAnsweredSoonAndItsReplyIsDropped(microseconds: Int) async throws {
        try await withRedis { _, client in
            _ = try await client.send(words: "PING")
            let blocked = Duration.seconds(2)
            let call = Task { try await client.send(words: "BLPOP", "nothing", "2") }
            try await Task.sleep(for: .microseconds(microseconds))
            let cancelled = ContinuousClock.now
            call.cancel()
            let error = await #expect(throws: StrataError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            // Long before the server answers, which is what it would wait for otherwise.
            #expect(ContinuousClock.now - cancelled < blocked / 2)
            #expect(try await client.send(words: "ECHO", "next") == .bulk(Array("next".utf8)))
        }
    }

    @Test func aCallerThatHadGivenUpBeforeSendsNothing() async throws {
        try await withRedis { _, client in
            _ = try await client.send(words: "PING")
            let call = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await client.send(words: "SET", "a", "1")
            }
            call.cancel()
            let error = await #expect(throws: StrataError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            #expect(try await client.send(words: "GET", "a") == .null)
        }
    }

    /// A way of about half the time after which a caller is woken: replies come before, while and after it is.
    @Test func repliesAtTheTimeOfWakingGoToTheirCallers() async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(
            upstreamPort: server.port, faults: FaultProxy.Faults(delay: .nanoseconds(RedisLane.patience / 2)))
        let wrong = try await withClient(port: proxy.port) { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        var wrong = 0
                        for number in 0..<200 {
                            let text = "\(caller)/\(number)"
                            let reply = try await client.send(words: "ECHO", text)
                            if reply != .bulk(Array(text.utf8)) { wrong += 1 }
                        }
                        return wrong
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(wrong == 0)
        await proxy.stop()
    }
}
