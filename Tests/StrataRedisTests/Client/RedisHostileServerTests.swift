import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// The server answers one command with bytes that are no reply, and behaves on the next connection.
@Suite struct RedisHostileServerTests {
    /// Answers the handshake, then `HOSTILE` with the bytes and everything else with `+OK`.
    ///
    /// `@unchecked Sendable`: touched by its event loop alone.
    private final class Server: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let answer: String

        init(answer: String) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            var output = ByteBuffer()
            // Each command's name follows the head of its array, and no argument here begins with an asterisk.
            for command in text.split(separator: "*") {
                if command.contains("HOSTILE") {
                    output.writeString(answer)
                } else if command.contains("TIME") {
                    output.writeString("*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n")
                } else {
                    output.writeString("+OK\r\n")
                }
            }
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        }
    }

    private static let limits = RedisReplyLimits(
        maximumElements: 10, maximumDepth: 3, maximumBytes: 4096, maximumBulkBytes: 2000, maximumLineBytes: 256)

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "no Redis reply"), ("$-7\r\n", "no Redis reply"),
        (":99999999999999999999\r\n", "no Redis reply"), (">1\r\n+a\r\n", "no Redis reply"),
        ("*2147483647\r\n", "elements"), ("*1\r\n*1\r\n*1\r\n*1\r\n", "nested"),
        ("$9223372036854775807\r\n", "a bulk string"), ("+" + String(repeating: "x", count: 1000), "a line"),
    ])
    func theCallerLearnsWhatWasWrongAndTheClientConnectsAgain(answer: String, reason: String) async throws {
        let listener = try await listen(answer: answer)
        let port = try #require(listener.localAddress?.port)
        var settings = RedisSettings()
        settings.limits.reply = RedisHostileServerTests.limits
        try await withClient(port: port, settings) { client in
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "HOSTILE") }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
            try await expectService(of: client)
        }
        try await listener.close()
    }

    @Test func aReplyNobodyWaitsForEndsTheConnection() async throws {
        let listener = try await listen(answer: "+OK\r\n+unasked\r\n")
        let port = try #require(listener.localAddress?.port)
        try await withClient(port: port) { client in
            #expect(try await client.send(words: "HOSTILE") == .status("OK"))
            // The other reply is never taken for the answer to what comes next.
            try await expectService(of: client)
        }
        try await listener.close()
    }

    private func listen(answer: String) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Server(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Waits until a command is answered again.
    private func expectService(of client: RedisClient) async throws {
        let deadline = ContinuousClock.Instant.soon
        while true {
            do throws(StrataError) {
                #expect(try await client.send(RedisCommand("PING"), deadline: deadline) == .status("OK"))
                return
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                await Task.yield()
            }
        }
    }
}
