import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StrataCore

/// A proxy over any cache: listens, serves until it is asked to end, drains.
struct ProxyEngine: Sendable {
    let server: ProxyContext
    let levels: ProxyLevels
    let group: any EventLoopGroup
    let factory: PrometheusMetricsFactory?
    let logger: Logger
    /// Called with the address that Redis clients can connect to, once they can.
    let onListening: @Sendable (SocketAddress?) -> Void

    func run() async throws {
        try server.configuration.validate()
        let listener = RESPListener(levels: levels, server: server, group: group, logger: logger)
        let channel = try await listener.bind()
        logger.info(
            "listening for Redis clients",
            metadata: ["address": "\(server.configuration.resp.host)", "port": "\(channel.localAddress?.port ?? 0)"])
        onListening(channel.localAddress)
        let drain = server.configuration.timeouts.drain
        try await withThrowingTaskGroup(of: Part.self) { tasks in
            if let address = server.configuration.http {
                let application = application(on: address)
                tasks.addTask {
                    try await runHTTP(application, on: address)
                    return .http
                }
            }
            tasks.addTask {
                // Cancellation, which an error of the other part brings, ends the wait as well.
                try? await gracefulShutdown()
                await end(channel, listener)
                return .resp
            }
            guard server.configuration.http != nil else {
                _ = try await tasks.next()
                return
            }
            // Both end by themselves on graceful shutdown. HTTP has no limit of its own on how long it waits for clients.
            if try await tasks.next() == .resp {
                tasks.addTask {
                    try await Task.sleep(for: drain)
                    return .timeLimit
                }
            }
            _ = try await tasks.next()
            tasks.cancelAll()
        }
    }

    /// What has ended.
    private enum Part {
        case http
        case resp
        case timeLimit
    }

    private func end(_ channel: any Channel, _ listener: RESPListener) async {
        try? await channel.close()
        await listener.drain(within: server.configuration.timeouts.drain)
        logger.info("stopped listening for Redis clients")
    }

    /// The HTTP side runs on the process-wide event loops: it keeps no Redis client waiting, and hummingbird may still use
    /// them after it has ended.
    private func application(on address: ProxyConfiguration.Address) -> Application<APIResponder> {
        let responder = APIResponder(
            levels: levels, metrics: ProxyMetrics(server: server, factory: factory),
            access: HTTPAccess(address: address, token: server.configuration.httpToken),
            maximumValueBytes: server.configuration.limits.maximumBulkBytes)
        var http = HTTP1Channel.Configuration()
        http.idleTimeout = TimeAmount(server.configuration.timeouts.request)
        return Application(
            responder: responder, server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    server.configuration.maximumHTTPClients, logger: logger)),
            eventLoopGroupProvider: .singleton, logger: logger)
    }

    private func runHTTP(
        _ application: Application<APIResponder>, on address: ProxyConfiguration.Address
    ) async throws {
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StrataError(
                .configuration,
                "cannot listen for HTTP on \(address): another process does already; stop it or configure another port")
        }
    }
}
