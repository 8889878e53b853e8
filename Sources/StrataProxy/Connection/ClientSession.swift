/// What a connection remembers of its client between requests; used on the connection's event loop only.
final class ClientSession {
    let id: UInt64
    let address: String
    let localAddress: String
    /// The age is counted from here.
    let connectedAt: ContinuousClock.Instant
    var name = ""
    var libraryName = ""
    var libraryVersion = ""
    var version = ProtocolVersion.resp2
    /// Whether the client may run any command: it has authenticated, or needs not to.
    var isAuthenticated: Bool
    /// Who the client is; nil when the proxy has no users.
    var user: ProxyUser?

    init(
        id: UInt64, address: String, localAddress: String, isAuthenticated: Bool,
        connectedAt: ContinuousClock.Instant = .now
    ) {
        self.id = id
        self.address = address
        self.localAddress = localAddress
        self.isAuthenticated = isAuthenticated
        self.connectedAt = connectedAt
    }

    /// Takes in who the client is.
    func authenticate(as user: ProxyUser) {
        self.user = user
        isAuthenticated = true
    }

    /// What CLIENT LIST tells of the client.
    var record: ClientRecord {
        ClientRecord(
            id: id, address: address, localAddress: localAddress, connectedAt: connectedAt, name: name,
            libraryName: libraryName, libraryVersion: libraryVersion, version: version,
            user: isAuthenticated ? user?.name ?? "default" : "(unauthenticated)")
    }
}

/// A client as others see it.
struct ClientRecord: Sendable {
    var id: UInt64
    var address: String
    var localAddress: String
    var connectedAt: ContinuousClock.Instant
    var name: String
    var libraryName: String
    var libraryVersion: String
    var version: ProtocolVersion
    var user: String

    /// The client's line in CLIENT LIST, with the fields of Redis that mean something here.
    func line(now: ContinuousClock.Instant) -> String {
        "id=\(id) addr=\(address) laddr=\(localAddress) name=\(name) age=\(connectedAt.duration(to: now).components.seconds)"
            + " flags=N db=0 sub=0 psub=0 multi=-1 user=\(user) lib-name=\(libraryName) lib-ver=\(libraryVersion)"
            + " resp=\(version.rawValue)"
    }
}
