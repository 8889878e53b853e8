import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

@Suite struct CircuitTests {
    private static let options = CircuitBreakerOptions(
        slowCall: .milliseconds(250), minimumCalls: 5, trials: 2,
        pause: Backoff(first: .milliseconds(200), last: .milliseconds(400)))

    @Test func aStoppedServerIsLeftAloneAndFoundAgain() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.breaker = Self.options
            configuration.silenceLimit = .seconds(30)
        }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            server.pause()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { _ = await shard.read(["a"], context: .within(.milliseconds(300))) }
                }
            }
            // Within two timeouts it is open; from then on most callers wait for nothing.
            var refusals: [Duration] = []
            try await eventually {
                let began = ContinuousClock.now
                let error = await shard.read(["a"], context: .within(.milliseconds(300)))[0].error
                #expect(error?.origin == "shard-0")
                guard error?.message.contains("the circuit is") == true else { return false }
                #expect(error?.code == .unavailable)
                refusals.append(ContinuousClock.now - began)
                return refusals.count == 30
            }
            #expect(refusals.sorted()[15] < .milliseconds(10))
            let health = await shard.health(context: .within(.milliseconds(300)))
            #expect(health.map(\.isDown) == [true])
            server.resume()
            // The longest pause, and the answers that the server owes first.
            try await eventually(within: .seconds(10)) {
                (try? await shard.text("a", context: .within(.seconds(1)))) == "1"
            }
            try await eventually { await shard.health(context: .patient).map(\.isDown) == [false] }
            try await eventually { (try? await shard.put("a", "2"))?.applied == true }
        }
    }

    @Test func whatTheServerRefusesOpensNothing() async throws {
        try await withShard { shard in
            _ = try await shard.put("text", "no number")
            for _ in 0..<30 {
                let error = await shard.apply([Mutation(.add(1), key: "text")], context: .patient)[0].error
                #expect(error?.code == .invalidOperation)
                let late = await shard.read(["text"], context: .within(.zero))[0].error
                #expect(late?.code == .timeout)
            }
            #expect(try await shard.text("text") == "no number")
        }
    }

    @Test func aServerThatIsGoneIsRefusedForBorrowersToo() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { $0.breaker = Self.options }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            server.kill()
            try await eventually {
                await shard.read(["a"], context: .within(.seconds(1)))[0].error?.message.contains("circuit is open")
                    == true
            }
            try await server.restart()
            try await eventually {
                (try? await shard.withConnection { try await $0.query("SELECT 1").count }) == 1
            }
            try await eventually { (try? await shard.text("a", context: .within(.seconds(1)))) == "1" }
        }
    }
}
