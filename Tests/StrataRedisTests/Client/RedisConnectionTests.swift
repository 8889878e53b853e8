import Logging
import NIOCore
import NIOEmbedded
import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisConnectionTests {
    /// A channel that was never connected closes without becoming inactive, unlike an embedded one.
    private final class Silence: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelInactive(context: ChannelHandlerContext) {}
    }

    /// `localhost` is often `::1`, where nothing listens, and then `127.0.0.1`.
    @Test func theChannelOfAFailedAddressLeavesTheNextOneAlone() throws {
        let eventLoop = EmbeddedEventLoop()
        let configuration = RedisConfiguration(.standalone(RedisURL(address: .tcp(host: "localhost", port: 6379))))
        let metrics = RedisMetrics(server: "test", client: "test")
        let lane = RedisLane(
            eventLoop: eventLoop, configuration: configuration, metrics: metrics,
            reachability: RedisReachability(circuit: nil, logger: Logger(label: "test"), metrics: metrics),
            circuit: nil, clock: RedisClock())
        let connection = RedisConnection(slot: 0, lane: lane, configuration: configuration)
        let failed = EmbeddedChannel(handlers: [Silence(), connection], loop: eventLoop)
        let next = EmbeddedChannel(handler: connection, loop: eventLoop)
        failed.close(promise: nil)
        eventLoop.run()
        next.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 6379), promise: nil)
        let greeting = try next.readOutbound(as: ByteBuffer.self)
        #expect(greeting.map { String(buffer: $0).contains("SETNAME") } == true)
    }
}
