import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix

/// A Redis client for tests: one connection, replies matched to requests in order.
public final class RESPClient: Sendable {
    /// The server closed the connection.
    public struct Closed: Error {}

    private let channel: any Channel
    private let replies: ReplyQueue

    private init(channel: any Channel, replies: ReplyQueue) {
        self.channel = channel
        self.replies = replies
    }

    /// Connects to a port of this machine, closes when the body returns.
    public static func connected<Answer>(
        to port: Int, host: String = "127.0.0.1", _ body: (RESPClient) async throws -> Answer
    ) async throws -> Answer {
        let replies = ReplyQueue()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(replies: replies))
                }
            }
            .connect(host: host, port: port).get()
        do {
            let answer = try await body(RESPClient(channel: channel, replies: replies))
            try? await channel.close()
            return answer
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Sends a command and waits for its reply.
    @discardableResult
    public func send(_ arguments: String...) async throws -> RESPValue {
        try await pipeline([arguments])[0]
    }

    /// Sends commands in one write and waits for all replies.
    @discardableResult
    public func pipeline(_ commands: [[String]]) async throws -> [RESPValue] {
        try await pipeline(bytes: commands.map { $0.map { Array($0.utf8) } })
    }

    /// Sends commands of arbitrary bytes in one write and waits for all replies.
    public func pipeline(bytes commands: [[[UInt8]]]) async throws -> [RESPValue] {
        var buffer = channel.allocator.buffer(capacity: 1024)
        for command in commands {
            buffer.writeString("*\(command.count)\r\n")
            for argument in command {
                buffer.writeString("$\(argument.count)\r\n")
                buffer.writeBytes(argument)
                buffer.writeString("\r\n")
            }
        }
        return try await raw(buffer, replies: commands.count)
    }

    /// Sends bytes as they are and waits for so many replies.
    public func raw(_ buffer: ByteBuffer, replies count: Int) async throws -> [RESPValue] {
        channel.writeAndFlush(buffer, promise: nil)
        var values: [RESPValue] = []
        for _ in 0..<count { values.append(try await replies.next()) }
        return values
    }

    /// Sends text as it is and waits for so many replies.
    public func raw(_ text: String, replies count: Int) async throws -> [RESPValue] {
        try await raw(ByteBuffer(string: text), replies: count)
    }

    /// Waits until the server has closed the connection.
    public func closed() async throws {
        try await channel.closeFuture.get()
    }
}

/// Replies that came, for the one task that takes them.
///
/// They are handed over under the lock and not by the continuation: where one is resumed before its task sleeps, the thread
/// sanitizer does not see it.
private final class ReplyQueue: Sendable {
    private struct State {
        var values: [RESPValue] = []
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = NIOLockedValueBox(State())

    func next() async throws -> RESPValue {
        await withCheckedContinuation { continuation in
            let isDue = state.withLockedValue { state in
                if !state.values.isEmpty || state.isClosed { return true }
                state.waiter = continuation
                return false
            }
            if isDue { continuation.resume() }
        }
        return try state.withLockedValue { state in
            guard !state.values.isEmpty else { throw RESPClient.Closed() }
            return state.values.removeFirst()
        }
    }

    func add(_ value: RESPValue) {
        change { $0.values.append(value) }
    }

    func close() {
        change { $0.isClosed = true }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLockedValue { state in
            body(&state)
            return state.waiter.take()
        }
        waiter?.resume()
    }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let replies: ReplyQueue
    private var received = ByteBuffer()

    init(replies: ReplyQueue) {
        self.replies = replies
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        do {
            while let value = try RESPValue.read(from: &received) { replies.add(value) }
            received.discardReadBytes()
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        replies.close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
