/// How long one level may take: hard timeouts, at which the caller goes on without it, whatever its servers do.
public struct LevelTimeouts: Hashable, Sendable {
    /// One question for any number of keys, above zero.
    public var read: Duration
    /// One change of any number of keys, above zero.
    public var write: Duration

    public init(read: Duration, write: Duration) {
        precondition(read > .zero && write > .zero, "timeouts must be above zero")
        self.read = read
        self.write = write
    }

    /// The same timeout for both.
    public init(_ both: Duration) {
        self.init(read: both, write: both)
    }
}
