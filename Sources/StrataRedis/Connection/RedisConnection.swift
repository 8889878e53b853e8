import NIOCore
import StrataCore

/// One connection: turns bytes of a channel into events of the state machine and does what it says.
///
/// `@unchecked Sendable`: touched by its event loop alone.
final class RedisConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Which place among the lane's connections it has.
    let slot: Int
    private let lane: RedisLane
    private let reader: RedisReplyReader
    // Unchecked, these and the ones below: every request touches them, and no access is under way when another begins.
    @exclusivity(unchecked) private var machine: RedisConnectionStateMachine<RedisRequest>
    private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var outgoing = ByteBuffer()
    /// How many commands the next `flush` sends.
    @exclusivity(unchecked) private(set) var unsentCommands = 0
    private var readySince: RedisInstant?
    private var handshakeSent = ContinuousClock.now
    private var reason: StrataError?
    private var hasEnded = false
    private let isSecure: Bool
    /// The time of the bytes being read.
    @exclusivity(unchecked) private var readTime = RedisInstant.now

    init(slot: Int, lane: RedisLane, configuration: RedisConfiguration) {
        self.slot = slot
        self.lane = lane
        isSecure = configuration.url.isSecure
        reader = RedisReplyReader(limits: configuration.limits.reply)
        machine = RedisConnectionStateMachine(
            handshake: RedisHandshake(url: configuration.url, clientName: configuration.clientName))
    }

    /// Whether it has been logged in, whatever came after.
    var wasReady: Bool { readySince != nil }
    /// How long it has been of use.
    var life: Duration { readySince.map { .nanoseconds(RedisInstant.now.nanoseconds(since: $0)) } ?? .zero }
    /// When the oldest request under way was sent.
    var oldestSent: RedisInstant? { machine.oldestSent }
    /// The requests under way.
    var requests: some BidirectionalCollection<RedisRequest> { machine.requests }

    /// Puts a request's commands into the buffer that the next `flush` sends.
    func enqueue(_ request: RedisRequest, at now: RedisInstant) {
        let count = request.commandCount
        machine.sent(request, commands: count, at: now)
        switch request.commands {
        case .one(let command): outgoing.write(command)
        case .several(let commands): for command in commands { outgoing.write(command) }
        }
        unsentCommands += count
    }

    /// Sends all that was enqueued in one write.
    func flush() {
        guard outgoing.readableBytes > 0, let context else { return }
        unsentCommands = 0
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        // Usually the socket has taken it all and the storage is ours again; a large one is given back.
        if outgoing.capacity > 1 << 20 { outgoing = ByteBuffer() } else { outgoing.clear() }
    }

    /// Ends the connection; what is under way fails with the error.
    func end(_ error: StrataError?) {
        if reason == nil { reason = error }
        guard let context else { return ended() }
        context.close(promise: nil)
        // With TLS the channel ends later, after its goodbye; for callers and the lane the connection ends here.
        ended()
    }

    /// Closes after the last reply that is due.
    func drain() {
        if machine.drain() { end(nil) }
    }

    /// Reports the end to the lane, once.
    func ended(_ error: StrataError? = nil) {
        guard !hasEnded else { return }
        hasEnded = true
        if reason == nil { reason = error }
        let error = reason ?? broken("Redis closed the connection before it answered")
        // What was answered counts before what was not.
        lane.report()
        for request in machine.closed() { lane.fail(request, error) }
        lane.connectionEnded(self, reason: error)
    }

    /// The connection broke, or the server closed it without a word.
    private func broken(_ what: String) -> StrataError {
        // What a server does that waits for TLS and gets something else.
        let hint = wasReady || isSecure ? "" : "; if it speaks TLS on this port, its URL begins with rediss://"
        return StrataError(.unavailable, what + hint)
    }

    private func handle(_ reply: RedisReply) {
        switch machine.received(reply) {
        case .none: break
        case .ready(let time):
            readySince = readTime
            lane.connectionBecameReady(self, time: time, sent: handshakeSent)
        case .deliver(let request, let reply, let isLast, let sent, let thenClose):
            let took = readTime.nanoseconds(since: sent)
            lane.received(reply, for: request, isLast: isLast, took: took, slot: slot)
            if thenClose { end(nil) }
        case .close(let error): end(error)
        }
    }
}

extension RedisConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A host with several addresses gets a channel for each attempt, and a failed one goes after the next has come.
        if self.context?.channel === context.channel { self.context = nil }
    }

    func channelActive(context: ChannelHandlerContext) {
        // It was given up before its channel was made.
        guard !hasEnded else { return context.close(promise: nil) }
        self.context = context
        for command in machine.connected() { outgoing.write(command) }
        handshakeSent = .now
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        readTime = .now
        buffer.withUnsafeReadableBytes { bytes in
            do throws(StrataError) {
                try reader.read(bytes) { handle($0) }
            } catch {
                end(error)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lane.sendWaiting()
        lane.report()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A channel that still says goodbye has no place any more.
        guard !hasEnded else { return }
        lane.writabilityChanged(context.channel.isWritable, slot: slot)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(error as? StrataError ?? broken("the connection to Redis broke: \(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
    }
}
