import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One request over a connection of its own, for protocols whose server closes after the answer.
package enum TCPExchange {
    /// Sends text and collects what comes back until the server closes.
    ///
    /// - Parameters:
    ///   - text: what to send, as it is.
    ///   - port: a port of this machine.
    ///   - limit: how long the whole exchange may take.
    package static func send(_ text: String, to port: Int, within limit: Duration = .seconds(20)) async throws -> String
    {
        let received = NIOLockedValueBox(ByteBuffer())
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received: received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        let timer = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(limit / .nanoseconds(1)))) {
            channel.close(promise: nil)
        }
        try await channel.closeFuture.get()
        timer.cancel()
        return received.withLockedValue { String(buffer: $0) }
    }

    /// The answer to an HTTP/1.1 request.
    package struct Response: Sendable {
        package let status: Int
        /// By lower-cased name.
        package let headers: [String: String]
        package let body: String
    }

    /// Sends an HTTP/1.1 request.
    package static func http(
        _ method: String, _ path: String, port: Int, headers: [String: String] = [:], body: String = ""
    ) async throws -> Response {
        var request = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        request += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = try await send(request, to: port)
        let lines = answer.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw ServerProcessError("no HTTP answer: \(answer.prefix(200))")
        }
        let end = lines.firstIndex(of: "") ?? lines.endIndex
        var found: [String: String] = [:]
        for line in lines[1..<end] {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            found[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        let body = end < lines.endIndex ? lines[(end + 1)...].joined(separator: "\r\n") : ""
        return Response(status: status, headers: found, body: body)
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: NIOLockedValueBox<ByteBuffer>

    init(received: NIOLockedValueBox<ByteBuffer>) {
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        _ = received.withLockedValue { $0.writeImmutableBuffer(unwrapInboundIn(data)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
