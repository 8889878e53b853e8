import StrataCore
import StrataRedis

extension RedisTLS {
    /// - Parameter section: `redis.tls`.
    init(_ section: ConfigurationSection) throws(StrataError) {
        let certificate = try section.value("certificate", .nonEmptyText)
        let key = try section.value("key", .nonEmptyText)
        if certificate == nil, key != nil {
            throw section.error("certificate", "a client's key needs the certificate that it belongs to")
        }
        if certificate != nil, key == nil {
            throw section.error("key", "a client's certificate needs the key that belongs to it")
        }
        self.init(
            authority: try section.value("ca", .nonEmptyText),
            identity: certificate.flatMap { path in key.map { Identity(certificate: path, key: $0) } },
            serverName: try section.value("server-name", .hostName))
    }
}

extension RedisSettings {
    /// Reads `tls`, which has a use only where a URL asks for TLS.
    mutating func readTLS(from section: ConfigurationSection) throws(StrataError) {
        guard let options = try section.section("tls") else { return }
        guard topology.isSecure else {
            throw section.error("tls", "it has a use only with urls that begin with rediss://")
        }
        tls = try RedisTLS(options)
    }

    /// How the servers prove who they are, for a reader; nil without TLS.
    var tlsPlan: String? {
        guard topology.isSecure else { return nil }
        return "TLS, authorities from " + (tls.authority ?? "the system")
            + (tls.serverName.map { ", certificates for \($0)" } ?? "")
            + (tls.identity.map { ", own certificate \($0.certificate)" } ?? "")
    }
}
