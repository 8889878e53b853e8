public import StrataCore
public import StrataMemory

/// The cache of raw keys and bytes: what `cache-proxy` serves, and what a service uses that serializes for itself.
///
/// Its keys are the store's keys. A named cache's entries are among them, under `name:key`, as the bytes that its
/// serializer made.
public final class ByteCache: Sendable {
    let engine: CacheEngine<[UInt8]>
    /// The levels of caches that are kept in the levels only.
    private let levelsOnly: LevelChain

    init(engine: CacheEngine<[UInt8]>, levelsOnly: LevelChain) {
        self.engine = engine
        self.levelsOnly = levelsOnly
    }

    /// Level 1; nil when the manager has none.
    public var memory: MemoryCache<[UInt8]>? { engine.memory }

    /// Whether level 1 is the only level: what it does not hold does not exist.
    public var memoryIsAuthority: Bool { engine.isMemoryAuthority }

    /// Gives copies that are made from now on other lifetimes; those there are keep theirs.
    ///
    /// - Parameters:
    ///   - memory: how long level 1 keeps copies.
    ///   - shared: how long level 2 keeps them.
    ///   - stale: when copies are served beyond their time in level 1; nil for never, also those that are held already.
    public func setLifetimes(memory: CachePolicy.Level, shared: CachePolicy.Level, stale: StalePolicy? = nil) {
        engine.setLifetimes(memory: memory, shared: shared, stale: stale)
    }

    /// The answer of level 1 alone. Never suspends; counted as a hit or miss of memory.
    public func cached(_ key: Key) -> Lookup<[UInt8]> {
        memory?.lookup(key) ?? .miss
    }

    /// Reads keys through all levels, in one round trip per level and shard.
    ///
    /// - Parameters:
    ///   - keys: the keys to read.
    ///   - freshness: which levels may answer.
    /// - Returns: per key, in the order asked, its entry, with `.absent` as content when the key does not exist, or why it
    ///   can't be told.
    public func read(_ keys: [Key], freshness: Freshness = .cached) async -> [Result<Entry, StrataError>] {
        await engine.read(keys, freshness: freshness).map { answer in
            answer.map { resolved in
                let content: Entry.Content =
                    switch resolved.content {
                    case .value(let bytes): .value(bytes, .string)
                    case .absent: .absent
                    }
                return Entry(
                    version: resolved.version, content: content, remaining: resolved.remaining, tags: resolved.tags)
            }.mapError(StrataError.init(wrapping:))
        }
    }

    /// Reads keys on the calling event loop without a task, where one level alone answers; see `CallbackReads`.
    ///
    /// - Parameters:
    ///   - keys: at least one.
    ///   - answer: called once on the calling thread, after this has returned: with what the other `read` answers, or with
    ///     nil where that has to be asked.
    /// - Returns: false where the other has to be asked at once; the callback isn't called then.
    public func read(_ keys: [Key], answer: @escaping ([Result<Entry, StrataError>]?) -> Void) -> Bool {
        // What memory is filled with has to be fenced against invalidations meanwhile, which takes a flight.
        guard engine.memory == nil else { return false }
        return engine.chain.read(keys) { entries in answer(entries.map(ByteCache.shown)) }
    }

    /// The entries as readers of bytes see them: what a loader found nothing for is absent.
    private static func shown(_ entries: [Result<Entry, StrataError>]) -> [Result<Entry, StrataError>] {
        var entries = entries
        for (index, answer) in entries.enumerated() {
            if case .success(let entry) = answer, case .value(_, .loadedAbsence) = entry.content {
                entries[index] = .success(.absent(version: entry.version))
            }
        }
        return entries
    }

    /// Runs mutations in the store and tells the levels; each for itself, in the order given for those of one key.
    ///
    /// - Returns: per mutation its outcome or error, in the order given.
    public func apply(_ mutations: [Mutation]) async -> [Result<MutationOutcome, StrataError>] {
        await engine.apply(mutations).map { $0.map(\.outcome) }
    }

    /// Runs mutations of keys that share a slot, all of them or none.
    ///
    /// - Throws: `invalidArgument` when the keys lie in several slots; else the first mutation's error.
    public func applyAtomically(_ mutations: [Mutation]) async throws(StrataError) -> [MutationOutcome] {
        try await engine.applyAtomically(mutations).map(\.outcome)
    }

    /// Drops the copies of keys in every level, here and in the other processes. The store keeps what it has.
    public func invalidate(_ keys: [Key]) async throws(StrataError) {
        try await engine.invalidate(keys)
    }

    /// One page of the store's keys, named caches' included; see `Store.scan(from:count:context:)`.
    public func scan(from start: KeyPosition, count: Int) async throws(StrataError) -> ScanPage {
        try await engine.chain.store.scan(from: start, count: count, context: engine.chain.storeReading)
    }

    /// How many keys the store holds. Complexity: O(keys).
    public func count() async throws(StrataError) -> Int {
        try await engine.chain.store.count(context: engine.chain.storeReading)
    }

    /// Removes every key from the store and every level, those of named caches included.
    ///
    /// A level that can't be reached is emptied as soon as it can, and this process shows nothing of it before.
    /// - Throws: the store's error; part of its shards may be empty then.
    public func removeAll() async throws(StrataError) {
        defer { for cache in engine.registry.all { cache.purge() } }
        try await engine.chain.removeAll(with: levelsOnly)
    }
}

extension StrataError {
    /// Any error as one of ours: itself when it is, else one that carries its description.
    init(wrapping error: any Error) {
        self = error as? StrataError ?? StrataError(.server, "\(error)")
    }
}
