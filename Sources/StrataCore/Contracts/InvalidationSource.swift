/// News that copies have become invalid.
///
/// An event may evict and never inserts: what it says is not trusted further than that.
public enum InvalidationEvent: Hashable, Sendable {
    /// Copies of the key with a version below this one are invalid.
    case key(Key, below: Version)
    /// Copies with the tag are invalid.
    case tag(Tag)
    /// All copies are invalid.
    case everything
}

/// What a source tells its subscriber.
public enum InvalidationDelivery: Hashable, Sendable {
    /// Events in the order in which they were published, in arrays because they come in bursts.
    case events([InvalidationEvent])
    /// The source has delivered all that was published before it was asked, at this local time: copies can be trusted.
    ///
    /// The time is when the poll was sent, not when its answer came: a process that was stopped between the two must not
    /// believe what waits in its socket.
    case heartbeat(Timestamp)
    /// Events may have been lost: copies from before can't be trusted. The text says why, for the log.
    case discontinuity(String)
}

/// Where deliveries go; called in order, and never concurrently by one source.
public protocol InvalidationSink: Sendable {
    /// Takes in a delivery before the source goes on. Runs quickly and does no I/O.
    func receive(_ delivery: InvalidationDelivery, from source: String)
}

/// A way in which processes learn of each other's writes; a manager has any number of them.
public protocol InvalidationSource: Sendable {
    /// What the source is called in the configuration, the logs and the metrics.
    var name: String { get }

    /// Whether every call but `run` returns by its deadline; see `Store.keepsDeadlines`.
    var keepsDeadlines: Bool { get }

    /// Publishes events so that every subscriber gets them, this process included.
    func publish(_ events: [InvalidationEvent], deadline: ContinuousClock.Instant) async throws(StrataError)

    /// Asks whether events can be published, and those of others reach this process, at the deadline at the latest.
    func health(deadline: ContinuousClock.Instant) async -> ServerHealth

    /// Delivers events until the task is cancelled, reconnecting by itself.
    ///
    /// What happened before the first delivery needs no event: the caller starts with empty levels, or purges them.
    func run(delivering sink: any InvalidationSink) async throws
}

extension InvalidationSource {
    public var keepsDeadlines: Bool { false }
}
