import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import StrataCore
import Testing

@testable import StrataProxy

/// A client of a `ConnectionHandler` in a channel without a socket.
struct TestClient {
    let channel: NIOAsyncTestingChannel
    let cache: TestCache
    let server: ProxyContext
    private let loop: ConnectionLoop
    private let ends = NIOLockedValueBox(0)
    /// How often the connection has reported its end.
    var endCount: Int { ends.withLockedValue { $0 } }

    init(configuration: ProxyConfiguration = ProxyConfiguration()) async throws {
        let (channel, cache) = (NIOAsyncTestingChannel(), try TestCache())
        let server = ProxyContext(configuration: configuration) {
            LevelCounts(memory: LevelCount(hits: 3, misses: 1))
        }
        try await self.init(channel, cache, server, ConnectionLoop(channel.eventLoop, cache: cache))
    }

    /// Another client of the same proxy, whose connection has the same event loop.
    func neighbour() async throws -> TestClient {
        try await TestClient(NIOAsyncTestingChannel(loop: channel.testingEventLoop), cache, server, loop)
    }

    private init(
        _ channel: NIOAsyncTestingChannel, _ cache: TestCache, _ server: ProxyContext, _ loop: ConnectionLoop
    ) async throws {
        (self.channel, self.cache, self.server, self.loop) = (channel, cache, server, loop)
        let ends = ends
        try await channel.testingEventLoop.executeInContext {
            let session = ClientSession(
                id: 1, address: "127.0.0.1:50000", localAddress: "127.0.0.1:6380",
                isAuthenticated: !server.credentials.isRequired)
            server.clients.update(session.record)
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(
                    cache: cache, memory: MemoryLevel(cache.memory), server: server, session: session,
                    logger: Logger(label: "test"),
                    loop: loop, onEnd: { ends.withLockedValue { $0 += 1 } }))
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 6380)).get()
    }

    /// Sends bytes as one read of the socket.
    func send(_ text: String) async throws {
        try await channel.writeInbound(ByteBuffer(string: text))
    }

    /// Sends requests, each an inline line, as one read.
    func send(lines: [String]) async throws {
        try await send(lines.map { $0 + "\r\n" }.joined())
    }

    /// Ends the event loop's turn.
    func turn() async {
        await channel.testingEventLoop.run()
    }

    /// Lets the cache answer the reads that need no task.
    func answerQuestions() async throws {
        try await channel.testingEventLoop.executeInContext { [cache] in cache.answerQuestions() }
    }

    /// Waits until so many calls of the proxy are held back by the cache.
    func awaitHeld(_ count: Int) async throws {
        try await eventually("\(count) calls") {
            await channel.testingEventLoop.run()
            return cache.heldCount == count
        }
    }

    /// Waits until the proxy has closed the connection.
    func awaitClose() async throws {
        try await eventually("the connection's end") {
            await channel.testingEventLoop.run()
            return !channel.isActive
        }
    }

    /// What has been sent since the last look, in the writes in which it was.
    func writes() async throws -> [String] {
        var writes: [String] = []
        await channel.testingEventLoop.run()
        while let buffer = try await channel.readOutbound(as: ByteBuffer.self) {
            writes.append(String(buffer: buffer))
        }
        return writes
    }

    /// Waits until replies of this many bytes at least have come, and returns all.
    func receive(atLeast count: Int = 1) async throws -> String {
        var text = ""
        try await eventually("replies") {
            text += try await writes().joined()
            return text.utf8.count >= count
        }
        return text
    }

    /// Sends one line and returns the reply to it, which must not be awaited with others.
    func ask(_ line: String) async throws -> String {
        try await send(lines: [line])
        return try await receive()
    }
}

/// Waits for a condition, and fails when it isn't met within the time allowed.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "\(what) did not come in time")
        try await Task.sleep(for: .milliseconds(1))
    }
}
