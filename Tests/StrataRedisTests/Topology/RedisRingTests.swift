import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// A client of private servers on a ring, closed when the body returns.
private func withRing<Output>(
    _ servers: [RedisServer], weights: [Int], names: [String?] = [nil, nil, nil],
    _ body: (RedisClient) async throws -> Output
) async throws -> Output {
    let ring = zip(zip(servers, weights), names).map { server, name in
        RedisConfiguration.RingServer(
            url: RedisURL(address: .tcp(host: "127.0.0.1", port: server.0.port)), weight: server.1, name: name)
    }
    let configuration = RedisConfiguration(
        .ring(ring), connectTimeout: .seconds(10), commandTimeout: .seconds(20),
        breaker: CircuitBreakerOptions(slowCall: .seconds(20)))
    return try await withClient(configuration, body)
}

private func threeServers() async throws -> [RedisServer] {
    [try await RedisServer.start(), try await RedisServer.start(), try await RedisServer.start()]
}

@Suite struct RedisRingTests {
    private static let isTwemproxyInstalled = (try? ServerBinary.nutcracker()) != nil

    @Test(
        .enabled(
            if: isTwemproxyInstalled, "nutcracker is not installed; scripts/install-dependencies test installs it"),
        arguments: [([1, 1, 1], false), ([1, 2, 5], false), ([3, 1, 7], true)])
    func `every key that twemproxy wrote is found where the ring looks for it`(
        weights: [Int], isNamed: Bool
    ) async throws {
        let servers = try await threeServers()
        let names: [String?] = isNamed ? ["alpha", "beta", "gamma"] : [nil, nil, nil]
        let proxy = try await TwemproxyServer(
            servers: servers.indices.map { index in
                "127.0.0.1:\(servers[index].port):\(weights[index])" + (names[index].map { " \($0)" } ?? "")
            })
        let keys = (0..<3000).map { number -> [UInt8] in
            switch number % 3 {
            case 0: Array("key:\(number)".utf8)
            case 1: Array("user:{\(number)}:profile".utf8)
            default: (0..<(1 + number % 40)).map { _ in UInt8.random(in: .min ... .max) } + Array("\(number)".utf8)
            }
        }
        try await RESPClient.connected(to: proxy.port) { client in
            for start in stride(from: 0, to: keys.count, by: 500) {
                let commands = keys[start..<(start + 500)].map { [Array("SET".utf8), $0, $0] }
                for reply in try await client.pipeline(bytes: commands) { #expect(reply == .status("OK")) }
            }
        }
        try await withRing(servers, weights: weights, names: names) { client in
            let nodes = try await client.topology.nodes(deadline: .soon)
            var found = [0, 0, 0]
            for key in keys {
                let place = client.place(of: key)
                found[place.number] += 1
                // Straight from the node, so that no other one can have answered.
                let reply = try await nodes[place.number].send(RedisCommand("GET", key), deadline: .soon)
                #expect(reply == .bulk(key))
            }
            #expect(found.allSatisfy { $0 > 0 })
        }
    }

    @Test func `a tier on a ring answers in the order asked and drops everything everywhere`() async throws {
        let servers = try await threeServers()
        try await withRing(servers, weights: [1, 1, 1]) { client in
            let tier = RedisTier(client: client, cluster: testCluster)
            let keys = (0..<500).map { Key("key:\($0 &* 2_654_435_761)") }
            let tag = Tag("odd")
            let offers = keys.enumerated().map { number, key in
                TierOffer(
                    key: key,
                    entry: Entry(
                        version: Version(rawValue: UInt64(number + 1)), content: .value(key.bytes, .string),
                        remaining: .seconds(600), tags: number % 2 == 1 ? [tag] : []),
                    lifetime: .seconds(600))
            }
            for taken in await tier.offer(offers, deadline: .soon) { #expect(try taken.get()) }
            for (key, entry) in zip(keys, await tier.read(keys, deadline: .soon)) {
                #expect(try entry.get()?.content == .value(key.bytes, .string))
            }
            for node in try await client.topology.nodes(deadline: .soon) {
                let size = try await node.send(RedisCommand("DBSIZE"), deadline: .soon)
                #expect((size.integer ?? 0) > 0)
            }
            try await tier.invalidate(tag, below: ["": Version(rawValue: 10_000)], deadline: .soon)
            for (number, entry) in await tier.read(keys, deadline: .soon).enumerated() {
                let isDropped = try entry.get() == nil
                #expect(isDropped == (number % 2 == 1))
            }
            let drops = keys.map { ($0, Version(rawValue: 20_000)) }
            for drop in await tier.invalidate(drops, deadline: .soon) { try drop.get() }
            for entry in await tier.read(keys, deadline: .soon) {
                let found = try entry.get()
                #expect(found == nil || found?.remaining == .zero)
            }
            try await tier.removeAll(deadline: .soon)
            #expect(await tier.health(deadline: .soon).count == 3)
        }
    }

    @Test func `a dead server concerns its own keys`() async throws {
        let servers = try await threeServers()
        try await withRing(servers, weights: [1, 1, 1]) { client in
            let tier = RedisTier(client: client, cluster: testCluster)
            let keys = (0..<300).map { Key("key:\($0 &* 2_654_435_761)") }
            servers[1].kill()
            var failed = 0
            for (key, entry) in zip(keys, await tier.read(keys, deadline: .soon)) {
                if client.place(of: key.bytes).number == 1 {
                    failed += 1
                    #expect(failure(of: entry)?.origin == "redis 127.0.0.1:\(servers[1].port)")
                } else {
                    let found = try entry.get()
                    #expect(found == nil)
                }
            }
            #expect(failed > 0)
        }
    }

    @Test func `the log and caches without a store live on one server of the ring`() async throws {
        let servers = try await threeServers()
        try await withRing(servers, weights: [1, 1, 1]) { client in
            let log = RedisInvalidationLog(client: client, options: .init(poll: .milliseconds(50)))
            let sink = RedisInvalidationLogTests.Subscriber()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await log.run(delivering: sink) }
                try await eventually { !sink.heartbeats.isEmpty }
                let event = InvalidationEvent.key("a", below: Version(rawValue: 7))
                try await log.publish([event], deadline: .soon)
                try await eventually { sink.events == [event] }
                tasks.cancelAll()
            }
            let store = RedisStore(client: client, cluster: testCluster, besideTier: true)
            let keys = (0..<50).map { Key("key:\($0 &* 2_654_435_761)") }
            let context = StoreContext(deadline: .soon)
            for key in keys {
                _ = try await store.apply([Mutation(.put(key.bytes), key: key)], context: context)[0].get()
            }
            let count = try await store.count(context: context)
            #expect(count == 50)
            for (key, entry) in zip(keys, await store.read(keys, context: context)) {
                #expect(try entry.get().content == .value(key.bytes, .string))
            }
            await #expect(throws: StrataError.self) { _ = try await RedisStore.identity(of: client, deadline: .soon) }
        }
    }

    @Test func `a command without a key is refused`() async throws {
        let servers = try await threeServers()
        try await withRing(servers, weights: [1, 1, 1]) { client in
            let error = await #expect(throws: StrataError.self) { _ = try await client.send(words: "GET", "a") }
            #expect(error?.code == .invalidArgument)
        }
    }
}
