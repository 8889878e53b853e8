import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

@testable import LoadDriver

/// A server for GET and SET on a free port of the loopback interface, which breaks its promises when told to.
struct TestServer {
    enum Behaviour: Hashable, Sendable {
        case honest
        /// Acknowledges every write, and keeps the first of each key.
        case keepsFirstValue
        /// Acknowledges every write, and drops each so many-th.
        case forgets(every: Int)
        /// Writes every value under the first key it saw too, and reads that one.
        case storesUnderOneKey
        case refuses(every: Int)
        case hangsUpOnce(after: Int)
        case hangsUpAlways
        case ignoresOnce(after: Int)
        case speaksHTTP
    }

    /// What all connections share.
    struct State: Sendable {
        var values: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]
        var commands = 0
        var writes = 0
    }

    enum Answer {
        case bytes(ByteBuffer)
        case hangUp
        case nothing
    }

    /// Runs the body with a server's address, and ends the server.
    static func with<Result: Sendable>(
        _ behaviour: Behaviour, _ body: (ServerAddress) async throws -> Result
    ) async throws -> Result {
        let state = NIOLockedValueBox(State())
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TestConnection(behaviour: behaviour, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let address = ServerAddress("127.0.0.1:\(channel.localAddress?.port ?? 0)")
            guard let address else { throw LoadError("the test server has no address") }
            let result = try await body(address)
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}

/// One connection: cuts commands (arrays of bulk strings, as the driver sends them) and answers each.
private final class TestConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let behaviour: TestServer.Behaviour
    private let state: NIOLockedValueBox<TestServer.State>
    private var input = ByteBuffer()

    init(behaviour: TestServer.Behaviour, state: NIOLockedValueBox<TestServer.State>) {
        self.behaviour = behaviour
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        while let command = nextCommand() {
            switch state.withLockedValue({ answer(command, &$0) }) {
            case .bytes(let answer): context.write(wrapOutboundOut(answer), promise: nil)
            case .nothing: break
            case .hangUp: return context.close(promise: nil)
            }
        }
        context.flush()
    }

    private func answer(_ command: [ArraySlice<UInt8>], _ state: inout TestServer.State) -> TestServer.Answer {
        state.commands += 1
        switch behaviour {
        case .refuses(let every) where state.commands.isMultiple(of: every):
            return .bytes(ByteBuffer(string: "-ERR shard-1: not today\r\n"))
        case .hangsUpOnce(let after) where state.commands == after: return .hangUp
        case .hangsUpAlways where state.commands > 300: return .hangUp
        case .ignoresOnce(let after) where state.commands == after: return .nothing
        case .speaksHTTP: return .bytes(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
        default: break
        }
        var key = command[1]
        if behaviour == .storesUnderOneKey, let first = state.values.keys.first { key = first }
        guard command.count == 3 else {
            guard let value = state.values[key] else { return .bytes(ByteBuffer(string: "$-1\r\n")) }
            var answer = ByteBuffer(string: "$\(value.count)\r\n")
            answer.writeBytes(value)
            answer.writeStaticString("\r\n")
            return .bytes(answer)
        }
        state.writes += 1
        let isDropped =
            switch behaviour {
            case .forgets(let every): state.writes.isMultiple(of: every)
            case .keepsFirstValue: state.values[key] != nil
            default: false
            }
        if !isDropped { state.values[key] = command[2] }
        return .bytes(ByteBuffer(string: "+OK\r\n"))
    }

    /// The next whole command, or nil when more bytes are needed.
    private func nextCommand() -> [ArraySlice<UInt8>]? {
        let bytes = Array(input.readableBytesView)
        var position = 0
        func line() -> Int? {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\r")), end + 1 < bytes.count else {
                return nil
            }
            defer { position = end + 2 }
            return Int(String(decoding: bytes[position + 1..<end], as: UTF8.self))
        }
        guard let count = line() else { return nil }
        var words: [ArraySlice<UInt8>] = []
        for _ in 0..<count {
            guard let length = line(), position + length + 2 <= bytes.count else { return nil }
            words.append(bytes[position..<position + length])
            position += length + 2
        }
        input.moveReaderIndex(forwardBy: position)
        return words
    }
}
