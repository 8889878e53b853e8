import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisCircuitTests {
    private static let options = CircuitBreakerOptions(
        slowCall: .milliseconds(250), minimumCalls: 5, trials: 2,
        pause: Backoff(first: .milliseconds(200), last: .milliseconds(400)))

    private func withTier<Output>(
        _ breaker: CircuitBreakerOptions = Self.options, _ body: (RedisServer, RedisTier) async throws -> Output
    ) async throws -> Output {
        let server = try await RedisServer.start()
        let configuration = RedisConfiguration(
            .standalone(RedisURL(address: .tcp(host: "127.0.0.1", port: server.port))), connectTimeout: .seconds(10),
            commandTimeout: .seconds(30), breaker: breaker)
        let client = RedisClient(configuration: configuration, group: MultiThreadedEventLoopGroup.singleton)
        do {
            let output = try await body(server, RedisTier(client: client, cluster: testCluster))
            await client.close()
            return output
        } catch {
            await client.close()
            throw error
        }
    }

    private func read(_ tier: RedisTier, within time: Duration = .milliseconds(300)) async -> StrataError? {
        failure(of: await tier.read(["a"], deadline: .now + time)[0])
    }

    @Test func aStoppedServerIsLeftAloneAndFoundAgain() async throws {
        try await withTier { server, tier in
            try await eventually { await read(tier) == nil }
            server.pause()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = await read(tier) } }
            }
            var refusals: [Duration] = []
            try await eventually {
                let began = ContinuousClock.now
                let error = await read(tier)
                #expect(error?.origin == tier.client.origin)
                guard error?.message.contains("the circuit is") == true else { return false }
                #expect(error?.code == .unavailable)
                refusals.append(ContinuousClock.now - began)
                return refusals.count == 30
            }
            #expect(refusals.sorted()[15] < .milliseconds(10))
            #expect(await tier.health(deadline: .now + .milliseconds(300)).map(\.isDown) == [true])
            server.resume()
            try await eventually(within: .seconds(10)) { await read(tier, within: .seconds(1)) == nil }
            try await eventually { await tier.health(deadline: .soon).map(\.isDown) == [false] }
        }
    }

    @Test func aServerThatIsGoneIsRefusedAndFoundAgain() async throws {
        try await withTier { server, tier in
            try await eventually { await read(tier) == nil }
            server.kill()
            try await eventually { await read(tier)?.message.contains("the circuit is open") == true }
            try await server.restart()
            try await eventually { await read(tier, within: .seconds(1)) == nil }
        }
    }

    @Test func errorRepliesAndHastyCallersOpenNothing() async throws {
        try await withTier(CircuitBreakerOptions(slowCall: .seconds(20), minimumCalls: 5)) { _, tier in
            for _ in 0..<30 {
                _ = try await tier.client.send(words: "NONSENSE")
                #expect(await read(tier, within: .zero)?.code == .timeout)
            }
            #expect(failure(of: await tier.read(["a"], deadline: .soon)[0]) == nil)
        }
    }
}
