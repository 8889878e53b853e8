import LoadDriver
import NIOCore

/// Writes or reads all entries of a footprint measurement, a batch of commands at a time, and checks every answer.
final class RedisExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Kind: Sendable { case write, read }

    private static let batch = 500

    private let kind: Kind
    private let entries: Int
    private let done: EventLoopPromise<Void>
    private var parser = ReplyParser()
    private var output = ByteBuffer()
    private var sent = 0
    private var answered = 0

    /// - Parameter done: completed when every entry has its answer, or when one was wrong.
    init(_ kind: Kind, entries: Int, done: EventLoopPromise<Void>) {
        self.kind = kind
        self.entries = entries
        self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        parser.append(&bytes)
        do {
            while let reply = try parser.next() {
                guard isRight(reply) else {
                    throw LevelOneError("redis-server answered entry \(answered) wrongly: \(reply)")
                }
                answered += 1
            }
        } catch {
            return fail(error, context)
        }
        if answered == sent { send(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(LevelOneError("redis-server closed the connection after \(answered) of \(entries) entries"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error, context)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        done.fail(error)
        context.close(promise: nil)
    }

    private func isRight(_ reply: Reply) -> Bool {
        switch (kind, reply) {
        case (.write, .status): true
        case (.read, .bulk(let value)): value.readableBytesView.elementsEqual(CopiedBytes.makeValue(answered))
        default: false
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard sent < entries else { return done.succeed() }
        output.clear()
        for number in sent..<min(sent + RedisExchange.batch, entries) {
            switch kind {
            case .write:
                output.writeStaticString("*3\r\n$3\r\nSET\r\n$16\r\n")
                output.writeBytes(FixedKeys.bytes(number))
                output.writeString("\r\n$\(ThroughputMeasurement.valueBytes)\r\n")
                output.writeBytes(CopiedBytes.makeValue(number))
            case .read:
                output.writeStaticString("*2\r\n$3\r\nGET\r\n$16\r\n")
                output.writeBytes(FixedKeys.bytes(number))
            }
            output.writeStaticString("\r\n")
        }
        sent = min(sent + RedisExchange.batch, entries)
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }
}
