import NIOCore
import NIOPosix
import StrataCore

/// A connection that says its piece and listens, for servers that are no data nodes: sentinels.
///
/// Not a `RedisNode`: a sentinel has no `TIME`, and what it publishes answers no command.
///
/// `@unchecked Sendable`: touched by its event loop alone.
final class RedisExchange: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let commands: [RedisCommand]
    private let reader: RedisReplyReader
    private let take: (RedisReply) -> Bool

    /// - Parameter take: gets each reply, on the event loop; answers whether to go on listening.
    private init(_ commands: [RedisCommand], limits: RedisReplyLimits, _ take: @escaping (RedisReply) -> Bool) {
        self.commands = commands
        self.take = take
        reader = RedisReplyReader(limits: limits)
    }

    /// Connects, logs in, sends commands and hands over the replies until one of them is the last, the connection ends,
    /// the time is over or the task is cancelled.
    ///
    /// - Parameters:
    ///   - time: how long it may last in all; nil for no end.
    ///   - take: gets each reply to the commands and whatever comes after, on the event loop; answers whether to go on.
    static func run(
        _ url: RedisURL, _ commands: [RedisCommand], configuration: RedisConfiguration, eventLoop: any EventLoop,
        within time: Duration?, _ take: @escaping @Sendable (RedisReply) -> Bool
    ) async throws(StrataError) {
        let login = RedisCommand(loginOf: url)
        let commands = (login.map { [$0] } ?? []) + commands
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var isFirst = login != nil
                    let exchange = RedisExchange(commands, limits: configuration.limits.reply) { reply in
                        guard isFirst else { return take(reply) }
                        isFirst = false
                        guard case .error = reply else { return true }
                        return take(reply)
                    }
                    try channel.pipeline.syncOperations.addHandler(exchange)
                }
            }
        do {
            let channel =
                switch url.address {
                case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
                case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
                }
            let timer = time.map { eventLoop.scheduleTask(in: TimeAmount($0)) { channel.close(promise: nil) } }
            defer { timer?.cancel() }
            await withTaskCancellationHandler {
                try? await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw StrataError(.unavailable, "the sentinel can't be reached: \(error)", origin: "sentinel \(url)")
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        for command in commands { buffer.write(command) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            var goesOn = true
            do throws(StrataError) {
                try reader.read(bytes) { if goesOn { goesOn = take($0) } }
            } catch {
                goesOn = false
            }
            if !goesOn { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
