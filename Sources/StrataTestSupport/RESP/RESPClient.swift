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

private final class ReplyQueue: Sendable {
    private struct State {
        var values: [RESPValue] = []
        var isClosed = false
        var waiter: CheckedContinuation<RESPValue, any Error>?
    }

    private let state = NIOLockedValueBox(State())

    func next() async throws -> RESPValue {
        try await withCheckedThrowingContinuation { continuation in
            let answer = state.withLockedValue { state -> Result<RESPValue, any Error>? in
                if !state.values.isEmpty { return .success(state.values.removeFirst()) }
                if state.isClosed { return .failure(RESPClient.Closed()) }
                state.waiter = continuation
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    func add(_ value: RESPValue) {
        let waiter = state.withLockedValue { state -> CheckedContinuation<RESPValue, any Error>? in
            if let waiter = state.waiter.take() { return waiter }
            state.values.append(value)
            return nil
        }
        waiter?.resume(returning: value)
    }

    func close() {
        let waiter = state.withLockedValue { state in
            state.isClosed = true
            return state.waiter.take()
        }
        waiter?.resume(throwing: RESPClient.Closed())
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
