/// When a cache serves values whose time in memory is over, because newer ones can't be had or take too long.
///
/// Only what has expired by the cache's own TTL is ever served so, and only while nothing is known to have replaced it: what
/// was overwritten, deleted, invalidated by a key, a tag or as a whole, or has come to its own expiry, is not. Reads that ask
/// for a version or for the store's answer get no stale value.
public struct StalePolicy: Hashable, Sendable {
    /// How much longer than its TTL a value in memory may be served.
    public var period: Duration
    /// After how long a read goes on with such a value while the load goes on without it; nil waits for the load's end.
    public var softTimeout: Duration?
    /// How long such a value is served without another attempt after a load has failed or was too slow.
    public var pause: Duration

    /// - Parameters:
    ///   - period: above zero.
    ///   - softTimeout: above zero.
    ///   - pause: zero or more.
    public init(period: Duration, softTimeout: Duration? = nil, pause: Duration = .seconds(1)) {
        precondition(period > .zero, "a stale period must be above zero, not \(period)")
        precondition(softTimeout.map { $0 > .zero } ?? true, "a soft timeout must be above zero")
        precondition(pause >= .zero, "a pause must not be below zero, as \(pause) is")
        self.period = period
        self.softTimeout = softTimeout
        self.pause = pause
    }
}
