/// Which server, or servers, the spans and times of calls are about.
public struct ObservedServer: Hashable, Sendable {
    /// What kind of database it is, by OpenTelemetry's names for `db.system.name`.
    public enum System: String, Sendable {
        case redis
        case postgresql
        /// A database in this process: its spans are internal ones.
        case sqlite
    }

    /// A level as metrics and spans call it.
    public enum Level: String, Sendable {
        case redis
        case store
    }

    public var system: System
    public var level: Level
    /// What metrics call it: the shard's name, or the address.
    public var name: String
    /// The shard's name where there are shards.
    public var shard: String?
    /// The database's name, or its number as text.
    public var namespace: String?
    /// The host, or the path of a socket; nil when there are several.
    public var address: String?
    public var port: Int?

    public init(
        _ system: System, level: Level, name: String, shard: String? = nil, namespace: String? = nil,
        address: String? = nil, port: Int? = nil
    ) {
        self.system = system
        self.level = level
        self.name = name
        self.shard = shard
        self.namespace = namespace
        self.address = address
        self.port = port
    }

    /// What the names of its spans end with, so that they say where an operation went.
    ///
    /// Source: OpenTelemetry's semantic conventions for database client spans, `{target}`; Redis' leave the database out.
    var target: String? {
        switch system {
        case .postgresql: namespace
        case .redis: address.map { address in port.map { "\(address):\($0)" } ?? address }
        case .sqlite: nil
        }
    }
}
