import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// The connection is delayed, sliced, reset or swallowed between the client and the server.
@Suite(.serialized) struct RedisFaultTests {
    @Test func slicedToSingleBytesEverythingStillArrives() async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(upstreamPort: server.port, faults: FaultProxy.Faults(pieceBytes: 1))
        try await withClient(port: proxy.port) { client in
            let value = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
            #expect(try await client.send(RedisCommand("SET", [97], value), deadline: .soon) == .status("OK"))
            let replies = try await client.send(
                [RedisCommand("GET", [97]), RedisCommand(words: "MGET", "a", "b")], deadline: .soon)
            #expect(replies == [.bulk(value), .array([.bulk(value), .null])])
        }
        await proxy.stop()
    }

    @Test func aBlackholeEndsInTimeoutsAndIsLeftWhenItEnds() async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(upstreamPort: server.port)
        try await withClient(
            port: proxy.port, RedisSettings(connectTimeout: .seconds(3), commandTimeout: .seconds(2))
        ) { client in
            #expect(try await client.send(words: "SET", "a", "1") == .status("OK"))
            proxy.faults = FaultProxy.Faults(isBlackhole: true)
            let began = ContinuousClock.now
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
            // The connection that was there times out; another event loop's is not made.
            #expect(error?.code == .timeout || error?.code == .unavailable)
            #expect(ContinuousClock.now - began < .seconds(15))
            proxy.faults = FaultProxy.Faults()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
        }
        await proxy.stop()
    }

    @Test func aResetIsUnavailableAndReconnectsAreFew() async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(upstreamPort: server.port)
        try await withClient(port: proxy.port) { client in
            #expect(try await client.send(words: "SET", "a", "1") == .status("OK"))
            await proxy.reset()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
            await proxy.cut()
            let before = proxy.acceptedCount
            try await Task.sleep(for: .seconds(1))
            // Two event loops with a connection each, at most one attempt per 25, 50, 100, … ms.
            #expect(proxy.acceptedCount - before <= 20)
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
            #expect(error?.code == .unavailable)
            proxy.restore()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
        }
        await proxy.stop()
    }

    @Test func aDelayedReplyStillArrives() async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(
            upstreamPort: server.port, faults: FaultProxy.Faults(delay: .milliseconds(30)))
        try await withClient(port: proxy.port) { client in
            let began = ContinuousClock.now
            let reply = try await client.send(words: "PING")
            #expect(reply == .status("PONG"))
            #expect(ContinuousClock.now - began >= .milliseconds(60))
        }
        await proxy.stop()
    }
}
