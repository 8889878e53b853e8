import Logging
import NIOCore
import StrataCore
import Synchronization

/// Serves one client: requests in, replies out, in order.
///
/// All requests of a read are run before anything is written. What level 1 holds is copied straight into the output; the
/// rest goes out as one call per kind of request (see `RequestWave`) whose task the connection owns, reads together with those
/// of the loop's other connections where that takes no task (see `LoopReads`). While the client
/// doesn't take its replies, or the next request conflicts with one under way, nothing more is run or read.
///
/// Everything here happens on the connection's event loop. `ConnectionHandler+Input.swift` runs requests,
/// `ConnectionHandler+Answers.swift` awaits the levels, `ConnectionHandler+Output.swift` sends.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// How a connection comes to its end.
    enum Phase {
        case serving
        /// No more input is taken; the connection closes when every reply has been sent.
        case finishing
        case closed
    }

    let cache: any ServedCache
    let memory: MemoryLevel
    let server: ProxyContext
    let session: ClientSession
    let logger: Logger
    /// What the connection shares with the others of its event loop.
    let loop: ConnectionLoop
    /// Called once the channel is closed and nothing it asked for is under way.
    let onEnd: @Sendable () -> Void

    var context: ChannelHandlerContext?
    // Unchecked, these and the ones below: every request touches each several times, on one thread and never while another
    // access is under way, and the run-time checks of that took 6 % of the time of a pipelined hit.
    @exclusivity(unchecked) var phase = Phase.serving
    @exclusivity(unchecked) var parser: RequestParser
    /// Input that has come and not been run.
    @exclusivity(unchecked) var input = ByteBuffer()
    /// Replies for the next write.
    @exclusivity(unchecked) var output: ReplyWriter
    /// Replies that are known and come after those of the last request under way.
    @exclusivity(unchecked) var tail: ReplyWriter
    @exclusivity(unchecked) var pipeline: RequestPipeline<PendingReply>
    var wave = RequestWave()
    var tasks: [UInt64: Task<Void, Never>] = [:]
    var nextTask: UInt64 = 0
    /// How many requests wait for answers that come without a task.
    @exclusivity(unchecked) var awaitedReads = 0
    /// Whether a whole request waits in the input for another to end or for the client to read its replies.
    var isStalled = false
    /// Whether `runInput` is on the stack, from where sending may come back here.
    var isRunning = false
    /// Whether the channel wants to read and has to wait for that.
    var isReadHeld = false
    var isDraining = false
    /// Whether the client takes its replies: the channel's own flag, kept here because it is asked for at every request.
    @exclusivity(unchecked) var isWritable = true

    /// How many requests have been run.
    @exclusivity(unchecked) var requests: UInt64 = 0
    /// How many of them the proxy's counters have.
    var reportedRequests: UInt64 = 0
    var receivedBytes = 0
    var sentBytes = 0
    private var deadlines: ConnectionDeadlines
    private var deadlineCheck: RepeatedTask?

    init(
        cache: any ServedCache, memory: MemoryLevel, server: ProxyContext, session: ClientSession, logger: Logger,
        loop: ConnectionLoop, onEnd: @escaping @Sendable () -> Void
    ) {
        self.cache = cache
        self.memory = memory
        self.server = server
        self.session = session
        self.logger = logger
        self.onEnd = onEnd
        self.loop = loop
        let configuration = server.configuration
        parser = RequestParser(
            limits: session.isAuthenticated ? configuration.limits : .unauthenticated,
            isAuthenticated: session.isAuthenticated)
        output = ReplyWriter(buffer: ByteBuffer())
        tail = ReplyWriter(buffer: ByteBuffer())
        pipeline = RequestPipeline(
            capacity: configuration.maximumPipelinedRequests, byteCapacity: configuration.maximumPipelinedBytes)
        deadlines = ConnectionDeadlines(configuration.timeouts, start: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setWaterMark()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadlineCheck = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            bound.value.checkDeadlines()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .serving else { return }
        take(unwrapInboundIn(data))
        if !isStalled { runInput() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        startWave()
        flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isStalled || phase != .serving || isDraining {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { resume() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is DrainRequest:
            // Requests that are in the socket's buffer, or just about to be, are answered too: closing on them would reset
            // the connection and take replies with it that the client has not read.
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            _ = context.eventLoop.scheduleTask(in: DrainRequest.grace) { bound.value.drain() }
        case ChannelEvent.inputClosed:
            drain()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("connection failed", metadata: ["client": "\(session.address)", "error": "\(error)"])
        context.close(promise: nil)
    }

    /// Takes no more input once what has come has been run.
    private func drain() {
        isDraining = true
        if !isStalled { finish() }
    }

    /// Takes no more input; the connection closes when what is under way has been answered.
    func finish() {
        guard phase == .serving else { return }
        phase = .finishing
        input = ByteBuffer()
        startWave()
        flush()
    }

    /// Ends what is left when the channel is closed.
    private func end() {
        guard phase != .closed else { return }
        phase = .closed
        deadlineCheck?.cancel()
        reportStatistics()
        input = ByteBuffer()
        for task in tasks.values { task.cancel() }
        endIfIdle()
    }

    /// Reports the end once nothing is under way.
    func endIfIdle() {
        if phase == .closed, tasks.isEmpty, awaitedReads == 0 { onEnd() }
    }

    private func checkDeadlines() {
        guard phase != .closed, let context else { return }
        reportStatistics()
        let sample = ConnectionDeadlines.Sample(
            isAuthenticated: session.isAuthenticated, requests: requests,
            hasPartialRequest: !isStalled && input.readableBytes > 0, hasPending: pipeline.hasPending,
            unsentBytes: unsentBytes)
        guard let expired = deadlines.check(sample, now: .now()) else { return }
        if expired == .write {
            server.statistics.disconnectedSlowReaders.wrappingAdd(1, ordering: .relaxed)
        } else {
            server.statistics.timedOutConnections.wrappingAdd(1, ordering: .relaxed)
        }
        logger.debug(
            "client waited too long", metadata: ["client": "\(session.address)", "deadline": "\(expired)"])
        context.close(promise: nil)
    }
}

/// Asks a connection to end once it has answered what has come.
struct DrainRequest: Sendable {
    /// For how long requests are still taken.
    static let grace = TimeAmount.milliseconds(100)
}
