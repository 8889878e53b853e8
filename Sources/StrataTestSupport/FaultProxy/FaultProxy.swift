import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A TCP proxy on the loopback address that misbehaves on demand.
///
/// Faults can be changed at any time and apply to connections that exist as well as to new ones.
package final class FaultProxy: Sendable {
    /// What the proxy does to the bytes that pass, in both directions.
    package struct Faults: Sendable {
        /// How long each piece is held back.
        package var delay: Duration
        /// The most bytes of a piece: what arrives is cut into pieces of random sizes up to it; nil passes it as it comes.
        package var pieceBytes: Int?
        /// Bytes are taken and go nowhere, connections stay open, new ones are accepted.
        package var isBlackhole: Bool

        package init(delay: Duration = .zero, pieceBytes: Int? = nil, isBlackhole: Bool = false) {
            self.delay = delay
            self.pieceBytes = pieceBytes
            self.isBlackhole = isBlackhole
        }
    }

    private struct State {
        var faults: Faults
        var acceptsConnections = true
        var connections: [ObjectIdentifier: any Channel] = [:]
        var acceptedCount = 0
    }

    /// The port to connect to.
    package let port: Int
    private let listener: any Channel
    private let state: NIOLockedValueBox<State>

    private init(port: Int, listener: any Channel, state: NIOLockedValueBox<State>) {
        self.port = port
        self.listener = listener
        self.state = state
    }

    deinit {
        listener.close(promise: nil)
        for channel in state.withLockedValue({ Array($0.connections.values) }) { channel.close(promise: nil) }
    }

    /// Starts a proxy in front of a port of the loopback address.
    package static func start(
        upstreamPort: Int, faults: Faults = Faults(), group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> FaultProxy {
        let state = NIOLockedValueBox(State(faults: faults))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // The bytes of the client must wait until there is somebody to pass them to.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                FaultProxy.register(client, in: state)
                    ? FaultProxy.connect(client, to: upstreamPort, state: state) : client.close()
            }
        var attempts = 5
        while true {
            let port = try LoopbackPort.free()
            do {
                let listener = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
                return FaultProxy(port: port, listener: listener, state: state)
            } catch {
                attempts -= 1
                guard attempts > 0 else { throw error }
            }
        }
    }

    /// The faults in effect.
    package var faults: Faults {
        get { state.withLockedValue { $0.faults } }
        set { state.withLockedValue { $0.faults = newValue } }
    }

    /// How many connections were accepted so far.
    package var acceptedCount: Int { state.withLockedValue { $0.acceptedCount } }

    /// How many client connections are open.
    package var connectionCount: Int { state.withLockedValue { $0.connections.count } }

    /// Closes every connection, the unsent bytes lost; new ones are refused by closing them until `restore()`.
    ///
    /// Nothing passes any more when it returns.
    package func cut() async {
        state.withLockedValue { $0.acceptsConnections = false }
        await closeConnections(resetting: false)
    }

    /// Accepts connections again after `cut()`.
    package func restore() {
        state.withLockedValue { $0.acceptsConnections = true }
    }

    /// Ends every connection with a TCP reset; new ones are accepted.
    package func reset() async {
        await closeConnections(resetting: true)
    }

    /// Ends the proxy.
    package func stop() async {
        await cut()
        try? await listener.close()
    }

    private func closeConnections(resetting: Bool) async {
        let channels = state.withLockedValue { Array($0.connections.values) }
        for channel in channels {
            guard resetting, let socket = channel as? any SocketOptionProvider else {
                channel.close(promise: nil)
                continue
            }
            // Closing with a linger time of zero sends RST instead of FIN.
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
        let loop = listener.eventLoop
        await withCheckedContinuation { continuation in
            EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: loop).whenComplete { _ in
                continuation.resume()
            }
        }
    }

    private static func register(_ client: any Channel, in state: NIOLockedValueBox<State>) -> Bool {
        let isAccepted = state.withLockedValue { state in
            state.acceptedCount += 1
            guard state.acceptsConnections else { return false }
            state.connections[ObjectIdentifier(client)] = client
            return true
        }
        client.closeFuture.whenComplete { _ in
            state.withLockedValue { _ = $0.connections.removeValue(forKey: ObjectIdentifier(client)) }
        }
        return isAccepted
    }

    private static func connect(
        _ client: any Channel, to port: Int, state: NIOLockedValueBox<State>
    ) -> EventLoopFuture<Void> {
        let faults: @Sendable () -> Faults = { state.withLockedValue { $0.faults } }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandler(FaultyRelay(to: client, faults: faults))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { server in
                do {
                    try client.pipeline.syncOperations.addHandler(FaultyRelay(to: server, faults: faults))
                } catch {
                    // The client was cut off meanwhile.
                    server.close(promise: nil)
                    throw error
                }
            }
            .flatMap { client.setOption(.autoRead, value: true) }
            .flatMapErrorThrowing { error in
                client.close(promise: nil)
                throw error
            }
    }
}
