import StrataTestSupport
import Testing

/// A proxy that has nothing but one Redis, whose reads take no task.
@Suite struct CallbackReadTests {
    private func started() async throws -> (RedisServer, ServedProxy) {
        let redis = try await RedisServer.start()
        let settings = """
            memory: none
            redis: { urls: ["\(redis.url)"], prefix: "p:" }
            store: none

            """
        return (redis, try await ServedProxy.start(settings))
    }

    @Test func `every client gets its own answers, in order`() async throws {
        let (redis, proxy) = try await started()
        let writes = (0..<100).map { ["SET", "k\($0)", "v\($0)"] }
        try await proxy.connected { client in _ = try await client.pipeline(writes) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await proxy.connected { client in
                        for round in 0..<40 {
                            let (first, second) = ((number + round) % 100, (number * 7 + round) % 100)
                            let key = "own\(number)"
                            let replies = try await client.pipeline([
                                ["GET", "k\(first)"], ["SET", key, "\(round)"], ["GET", key], ["GET", "none"],
                                ["MGET", "k\(second)", "none", key], ["EXISTS", "k\(first)", "none"],
                            ])
                            #expect(replies[0].text == "v\(first)")
                            #expect(replies[2].text == "\(round)")
                            #expect(replies[3] == .null)
                            #expect(
                                replies[4]
                                    == .array([
                                        .bulk(Array("v\(second)".utf8)), .null, .bulk(Array("\(round)".utf8)),
                                    ]))
                            #expect(replies[5] == .integer(1))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let counters = try await proxy.counters()
        // Of each round's eight keys, three are missing.
        #expect(counters["store_hits"] == 50 * 40 * 5)
        #expect(counters["store_misses"] == 50 * 40 * 3)
        let metrics = try await TCPExchange.http("GET", "/metrics", port: proxy.httpPort).body
        let sample = metrics.firstMatch(
            of: /(?m)^strata_operation_seconds_count\{(?=.*operation="read").*\} ([0-9.]+)$/)
        let reads = try #require(sample.flatMap { Double($0.1) })
        #expect(reads > 0)
        withExtendedLifetime(redis) {}
    }

    @Test func `a stopped Redis is an error in time, and no reply of a client that left reaches another`() async throws
    {
        let (redis, proxy) = try await started()
        try await proxy.send("SET", "a", "1")
        try await proxy.send("SET", "b", "2")
        redis.pause()
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let reply = try await proxy.send("GET", "a")
                guard case .error(let text) = reply else { throw ServerProcessError("\(reply)") }
                #expect(text.contains("Redis has not answered"))
            }
            // These leave while their reads are under way.
            for _ in 0..<20 {
                group.addTask {
                    let text = try await TCPExchange.send(
                        "GET b\r\n", to: proxy.respPort, within: .milliseconds(300))
                    #expect(text.isEmpty)
                }
            }
            try await group.waitForAll()
        }
        // The time that a store has, and no second one.
        #expect(ContinuousClock.now - began < .seconds(3.5))
        redis.resume()
        try await eventually { try await proxy.send("GET", "a").text == "1" }
        #expect(try await proxy.send("GET", "b").text == "2")
        #expect(try await proxy.stop() == 0)
    }
}
