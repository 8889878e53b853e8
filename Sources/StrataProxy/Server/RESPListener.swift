import Logging
import NIOCore
import NIOPosix
import StrataCore
import Synchronization

/// Accepts Redis clients and serves each by a `ConnectionHandler`.
struct RESPListener: Sendable {
    let levels: ProxyLevels
    let server: ProxyContext
    let group: any EventLoopGroup
    let logger: Logger
    let connections = OpenConnections()
    private let loops: ConnectionLoops

    init(levels: ProxyLevels, server: ProxyContext, group: any EventLoopGroup, logger: Logger) {
        self.levels = levels
        self.server = server
        self.group = group
        self.logger = logger
        loops = ConnectionLoops(cache: levels.cache)
    }

    /// Starts to listen.
    ///
    /// - Throws: `configuration` when the address can't be listened on, saying why.
    func bind() async throws(StrataError) -> any Channel {
        let address = server.configuration.resp
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [rate = server.configuration.maximumAcceptsPerSecond] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptRateLimiter(rate: rate))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try admit(channel) }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StrataError(
                .configuration,
                "cannot listen for Redis clients on \(address): another process does already; stop it or configure"
                    + " another port")
        } catch {
            throw StrataError(.configuration, "cannot listen for Redis clients on \(address): \(error)")
        }
    }

    /// Ends all connections: first asks them to answer what has come, then closes what is left after the time allowed.
    func drain(within limit: Duration) async {
        for channel in connections.channels { channel.pipeline.fireUserInboundEventTriggered(DrainRequest()) }
        let limit = group.any().scheduleTask(in: TimeAmount(limit)) {
            for channel in connections.channels { channel.close(promise: nil) }
        }
        await connections.waitUntilEmpty()
        limit.cancel()
    }

    private func admit(_ channel: any Channel) throws {
        server.statistics.connections.wrappingAdd(1, ordering: .relaxed)
        guard let id = server.clients.admit(limit: server.configuration.maximumClients) else {
            server.statistics.rejectedConnections.wrappingAdd(1, ordering: .relaxed)
            let refusal = ByteBuffer(staticString: "-ERR max number of clients reached\r\n")
            channel.writeAndFlush(refusal).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        let session = ClientSession(
            id: id, address: channel.remoteAddress?.endpoint ?? "?",
            localAddress: channel.localAddress?.endpoint ?? "?",
            isAuthenticated: !server.credentials.isRequired)
        server.clients.update(session.record)
        connections.add(id, channel)
        let handler = ConnectionHandler(
            cache: levels.cache, memory: levels.memory, server: server, session: session, logger: logger,
            loop: loops.loop(of: channel.eventLoop)
        ) {
            server.clients.remove(id)
            connections.remove(id)
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}

extension SocketAddress {
    /// `address:port`, as CLIENT LIST shows it.
    fileprivate var endpoint: String {
        guard let ipAddress, let port else { return pathname ?? "?" }
        return ProxyConfiguration.Address(host: ipAddress, port: port).description
    }
}
