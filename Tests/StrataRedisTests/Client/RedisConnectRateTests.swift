import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisConnectRateTests {
    /// 128 connections to two servers break at once, and the servers stay away for a while: all attempts together, those
    /// that fail included, keep to the rate of the whole client.
    @Test func lostConnectionsOfAllServersShareOneRate() async throws {
        let server = try await RedisServer.start()
        let proxies = [
            try await FaultProxy.start(upstreamPort: server.port),
            try await FaultProxy.start(upstreamPort: server.port),
        ]
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let rate = 64
        let connections = 128
        let configuration = RedisConfiguration(
            .ring(proxies.map { .init(url: RedisURL(address: .tcp(host: "127.0.0.1", port: $0.port))) }),
            connectionsPerLoop: connections / 4, connectTimeout: .seconds(20), commandTimeout: .seconds(20),
            backoff: Backoff(first: .milliseconds(1), last: .milliseconds(5)), reconnectsPerSecond: rate)
        let client = RedisClient(configuration: configuration, group: group)
        func accepted() -> Int { proxies.reduce(0) { $0 + $1.acceptedCount } }
        func open() -> Int { proxies.reduce(0) { $0 + $1.connectionCount } }
        let running = Task { try await client.run() }
        // First connections do not wait for each other.
        try await eventually { open() == connections }
        let before = accepted()
        let began = ContinuousClock.now
        func attempts() -> Int {
            let made = accepted() - before
            let allowed = Double(rate) * (1 + (ContinuousClock.now - began) / .seconds(1))
            #expect(Double(made) <= allowed + 1, "\(made) connections")
            return made
        }
        for proxy in proxies { await proxy.cut() }
        try await eventually { attempts() >= rate * 3 / 2 }
        for proxy in proxies { proxy.restore() }
        try await eventually { attempts() > 0 && open() == connections }
        running.cancel()
        _ = await running.result
        for proxy in proxies { await proxy.stop() }
        try await group.shutdownGracefully()
    }
}
