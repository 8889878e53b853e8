import NIOCore
import NIOSSL
import StrataCore

/// What a client's secure connections share: the certificates, which are read once, when the client is made.
struct RedisSecurity: Sendable {
    /// Why no connection is possible, when a file can't be used.
    private let context: Result<NIOSSLContext, StrataError>
    private let serverName: String?

    init(_ options: RedisTLS) {
        do throws(StrataError) {
            context = .success(try RedisSecurity.context(options))
        } catch {
            context = .failure(error)
        }
        serverName = options.serverName
    }

    /// The two handlers that come before all others on a connection to a server.
    ///
    /// - Throws: `configuration` when the files can't be used or the server's name is none.
    func handlers(for url: RedisURL) throws(StrataError) -> (tls: NIOSSLClientHandler, gate: RedisTLSGate) {
        let context = try context.get()
        let name = serverName ?? url.hostName
        do {
            let tls = try NIOSSLClientHandler(context: context, serverHostname: name)
            return (tls, RedisTLSGate(tls, server: name ?? "\(url)"))
        } catch {
            throw StrataError(.configuration, "\(name ?? "\(url)") is no name that a certificate can have: \(error)")
        }
    }

    /// Reads the files. Blocks for some milliseconds.
    static func context(_ options: RedisTLS) throws(StrataError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        // A server that is gone or stuck must not keep a closed connection.
        configuration.shutdownTimeout = .seconds(1)
        if let path = options.authority {
            let authorities = try read(path, "authorities' certificates") { try NIOSSLCertificate.fromPEMFile(path) }
            configuration.trustRoots = .certificates(authorities)
        }
        if let identity = options.identity {
            let chain = try read(identity.certificate, "client's certificate") {
                try NIOSSLCertificate.fromPEMFile(identity.certificate)
            }
            let key = try read(identity.key, "client's key") {
                try NIOSSLPrivateKey(file: identity.key, format: .pem)
            }
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(key)
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StrataError(.configuration, "the certificates for TLS can't be used together: \(error)")
        }
    }

    private static func read<Content>(
        _ path: String, _ what: String, _ body: () throws -> Content
    ) throws(StrataError) -> Content {
        do {
            return try body()
        } catch {
            throw StrataError(
                .configuration, "the \(what) can't be read from \(path): is it there, readable and PEM? (\(error))")
        }
    }
}

extension RedisURL {
    /// The host, unless it is an address: then the certificate has to be for that address.
    fileprivate var hostName: String? {
        guard case .tcp(let host, let port) = address, (try? SocketAddress(ipAddress: host, port: port)) == nil else {
            return nil
        }
        return host
    }
}

extension RedisConfiguration {
    /// Adds to a new channel what makes it secure, where the URL asks for that; before all other handlers.
    func secure(_ channel: any Channel, to url: RedisURL) throws {
        guard url.isSecure else { return }
        guard let security else { preconditionFailure("a secure connection without certificates") }
        let (tls, gate) = try security.handlers(for: url)
        try channel.pipeline.syncOperations.addHandlers(tls, gate)
    }

    /// Why no secure connection to a server is possible.
    func insecurity(of url: RedisURL) -> StrataError? {
        guard url.isSecure else { return nil }
        do throws(StrataError) {
            _ = try security?.handlers(for: url)
            return nil
        } catch {
            return error
        }
    }
}
