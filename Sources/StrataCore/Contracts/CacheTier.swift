/// A level of copies between the process and the store that all processes share: level 2.
///
/// A tier holds the newest version it was told of and refuses older ones (set-if-newer), whatever the order in which
/// fills, writes and invalidations reach it.
public protocol CacheTier: Sendable {
    /// What the tier is called in errors and metrics.
    var name: String { get }

    /// Whether every call returns by its deadline; see `Store.keepsDeadlines`.
    var keepsDeadlines: Bool { get }

    /// Asks for keys: what the tier knows of each (a value, a known absence, or nothing), in the order asked.
    ///
    /// One round trip per server. An unreachable server answers an error at once, without waiting for its return.
    func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>]

    /// Offers entries, values and absences alike, each kept unless the tier holds the same or a newer version.
    ///
    /// - Returns: per entry whether it was taken, in the order given.
    func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>]

    /// Drops copies without saying what comes after: each is removed unless it is newer than the version given.
    func invalidate(_ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant) async -> [Result<
        Void, StrataError
    >]

    /// Makes every copy with the tag unusable whose version lies below the one given for its shard.
    func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError)

    /// Drops every copy under the tier's prefix. Complexity: O(copies).
    func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError)

    /// Asks the servers whether they can serve: one answer per server, whatever it is, at the deadline at the latest.
    func health(deadline: ContinuousClock.Instant) async -> [ServerHealth]
}

extension CacheTier {
    public var keepsDeadlines: Bool { false }
}

/// An entry on its way into a tier.
public struct TierOffer: Hashable, Sendable {
    public var key: Key
    /// The entry; its `remaining` bounds how long the copy lives.
    public var entry: Entry
    /// How long the copy may live at most, by the policy of its cache, jitter included.
    public var lifetime: Duration

    public init(key: Key, entry: Entry, lifetime: Duration) {
        self.key = key
        self.entry = entry
        self.lifetime = lifetime
    }
}
