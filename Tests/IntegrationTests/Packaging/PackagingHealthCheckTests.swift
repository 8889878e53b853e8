import NIOCore
import NIOPosix
import StrataTestSupport
import Testing

/// The image's health check is a shell script with a protocol in it, so it is run against a server.
@Suite struct PackagingHealthCheckTests {
    @Test(arguments: [("200 OK", 0), ("503 Service Unavailable", 1), ("", 1)])
    func `only a proxy that is ready passes`(status: String, exitStatus: Int32) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(OneAnswer(status: status))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        #expect(try await check(port: port) == exitStatus)
        try await server.close()
    }

    @Test func `nobody listening is not ready`() async throws {
        #expect(try await check(port: try LoopbackPort.free()) == 1)
    }

    private func check(port: Int) async throws -> Int32 {
        let directory = try TemporaryDirectory("health")
        let process = try ServerProcess(
            ServerProcess.Command(Repository.path("docker/health-check"), ["\(port)"]),
            outputPath: directory.path + "/output.log")
        return try await process.waitUntilEnd(within: .seconds(20))
    }
}

/// Answers the first bytes of a client with a status line, or with the end when there is none.
private final class OneAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let status: String
    private var request = ""

    init(status: String) {
        self.status = status
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard request.hasSuffix("\r\n\r\n") else { return }
        let isReadyRequest = request.hasPrefix("GET /health/ready HTTP/1.1\r\nHost: ")
        let answer = status.isEmpty ? "" : "HTTP/1.1 \(isReadyRequest ? status : "400 Bad Request")\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}
