package import StrataCore

/// How a client and its servers prove to each other who they are, where a URL begins with `rediss://`.
///
/// A server's certificate has to be issued for the name it is reached by, or for the address where that is none.
/// Source: RFC 6125.
public struct RedisTLS: Hashable, Sendable {
    /// What a client shows to servers that ask for it (`tls-auth-clients`).
    public struct Identity: Hashable, Sendable {
        /// The path of the certificate, with those between it and the authority's behind it, PEM.
        public var certificate: String
        /// The path of its key, PEM without a passphrase.
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The path of the certificates of the authorities that are trusted, PEM; nil for those that the system trusts.
    public var authority: String?
    public var identity: Identity?
    /// The host that certificates have to be issued for; nil for the one of each server's URL.
    ///
    /// Where sentinels or a cluster name their servers by addresses, the certificates may still be for a name.
    public var serverName: String?

    public init(authority: String? = nil, identity: Identity? = nil, serverName: String? = nil) {
        self.authority = authority
        self.identity = identity
        self.serverName = serverName
    }

    /// Reads the files, to find out whether they can be used.
    ///
    /// - Throws: `configuration` with the path and what is wrong with it.
    package func check() throws(StrataError) {
        _ = try RedisSecurity.context(self)
    }
}
