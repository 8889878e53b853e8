/// How one named cache keeps its values: for how long in each level, how large, and where the truth is.
public struct CachePolicy: Sendable {
    /// How long one level keeps copies.
    public struct Level: Sendable {
        /// How long a copy of a value lives at most.
        public var ttl: Duration
        /// How long the knowledge that a key does not exist lives; zero keeps none.
        public var negativeTTL: Duration

        /// - Parameters:
        ///   - ttl: above zero; a copy never outlives the entry's own expiry.
        ///   - negativeTTL: zero or more.
        public init(ttl: Duration, negativeTTL: Duration = .seconds(5)) {
            precondition(ttl > .zero, "a level's TTL must be above zero, not \(ttl)")
            precondition(negativeTTL >= .zero, "a level's negative TTL must not be below zero, as \(negativeTTL) is")
            self.ttl = ttl
            self.negativeTTL = negativeTTL
        }
    }

    /// Where the values of a cache live for good.
    public enum Persistence: Sendable {
        /// In the store: they are durable, and a loader is asked only for what the store has never seen.
        case store
        /// Nowhere: the levels are all there is, and the loader's source (a table of the service's own) is the truth.
        case levels
    }

    /// Level 1, in the process.
    public var memory: Level
    /// Level 2, shared by all processes.
    public var shared: Level
    /// By which share of itself each TTL is shortened at random, `0 ..< 1`, so that entries loaded together don't expire
    /// together.
    public var jitter: Double
    /// Where the values live for good.
    public var persistence: Persistence
    /// The expiry that values get in the store; nil for none. `set(_:for:expiresAfter:)` overrides it.
    public var timeToLive: Duration?
    /// When values are served beyond their time in level 1; nil for never. Without effect where there is no level 1.
    public var stale: StalePolicy?
    /// How many bytes of memory level 1 may take for this cache; nil shares the manager's default for named caches.
    public var memoryCapacityBytes: Int?
    /// How many bytes a decoded value is taken to weigh in memory for each byte of its encoding.
    public var decodedWeightFactor: Double

    public init(
        memory: Level = Level(ttl: .seconds(60)), shared: Level = Level(ttl: .seconds(600)), jitter: Double = 0.1,
        persistence: Persistence = .store, timeToLive: Duration? = nil, stale: StalePolicy? = nil,
        memoryCapacityBytes: Int? = nil, decodedWeightFactor: Double = 2
    ) {
        precondition((0..<1).contains(jitter), "the jitter of TTLs must lie in 0..<1, not at \(jitter)")
        precondition(decodedWeightFactor > 0, "the weight factor must be above zero, not \(decodedWeightFactor)")
        self.memory = memory
        self.shared = shared
        self.jitter = jitter
        self.persistence = persistence
        self.timeToLive = timeToLive
        self.stale = stale
        self.memoryCapacityBytes = memoryCapacityBytes
        self.decodedWeightFactor = decodedWeightFactor
    }
}

extension CachePolicy {
    /// How long a level may keep an entry now: by its TTL or negative TTL less the jitter, and never beyond the entry's own
    /// expiry; zero when it should not be kept.
    func lifetime(in level: Level, isAbsent: Bool, remaining: Duration?) -> Duration {
        let ttl = isAbsent ? level.negativeTTL : level.ttl
        let shortened = jitter > 0 ? ttl * (1 - Double.random(in: 0..<jitter)) : ttl
        return max(.zero, min(shortened, remaining ?? shortened))
    }
}
