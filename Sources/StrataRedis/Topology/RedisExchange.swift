import NIOConcurrencyHelpers
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
    private let failed: (StrataError) -> Void
    /// No more replies are taken; with TLS the channel outlives the last one for a moment.
    private var isOver = false

    /// - Parameters:
    ///   - take: gets each reply, on the event loop; answers whether to go on listening.
    ///   - failed: gets why the connection was not made or broke.
    private init(
        _ commands: [RedisCommand], limits: RedisReplyLimits, _ take: @escaping (RedisReply) -> Bool,
        failed: @escaping (StrataError) -> Void
    ) {
        self.commands = commands
        self.take = take
        self.failed = failed
        reader = RedisReplyReader(limits: limits)
    }

    /// Connects, logs in, sends commands and hands over the replies until one of them is the last, the connection ends,
    /// the time is over or the task is cancelled.
    ///
    /// - Parameters:
    ///   - time: how long it may last in all; nil for no end.
    ///   - take: gets each reply to the commands and whatever comes after, on the event loop; answers whether to go on.
    /// - Throws: `unavailable` when the server can't be reached, `authentication` when TLS can't be set up with it.
    static func run(
        _ url: RedisURL, _ commands: [RedisCommand], configuration: RedisConfiguration, eventLoop: any EventLoop,
        within time: Duration?, _ take: @escaping @Sendable (RedisReply) -> Bool
    ) async throws(StrataError) {
        if let error = configuration.insecurity(of: url) { throw error.at("sentinel \(url)") }
        let failure = NIOLockedValueBox<StrataError?>(nil)
        let login = RedisCommand(loginOf: url)
        let commands = (login.map { [$0] } ?? []) + commands
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configuration.secure(channel, to: url)
                    var isFirst = login != nil
                    let exchange = RedisExchange(commands, limits: configuration.limits.reply) { reply in
                        guard isFirst else { return take(reply) }
                        isFirst = false
                        guard case .error = reply else { return true }
                        return take(reply)
                    } failed: { error in
                        failure.withLockedValue { $0 = error }
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
        if let error = failure.withLockedValue({ $0 }) { throw error.at("sentinel \(url)") }
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        for command in commands { buffer.write(command) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            guard !isOver else { return }
            do throws(StrataError) {
                try reader.read(bytes) { if !isOver { isOver = !take($0) } }
            } catch {
                isOver = true
            }
            if isOver { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isOver { failed(error as? StrataError ?? StrataError(.unavailable, "the connection broke: \(error)")) }
        context.close(promise: nil)
    }
}
