public import StrataCore

/// Whether one server behind a manager can serve.
public struct ComponentHealth: Hashable, Sendable {
    /// Which level the server belongs to.
    public enum Level: String, Hashable, Sendable {
        case redis
        case store
    }

    public var level: Level
    /// The server's or shard's name.
    public var name: String
    /// Why it can't serve; nil when it can.
    public var error: StrataError?
}
