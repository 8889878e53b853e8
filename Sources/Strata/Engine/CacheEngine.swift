import NIOConcurrencyHelpers
import StrataCore
import StrataMemory

/// The machinery of one cache: its memory level, single flight, and the chain of levels below, for whatever form its values
/// have in memory.
///
/// `ByteCache` and `Cache` are its faces. Keys are the cache's own; the levels below know them with the cache's prefix.
final class CacheEngine<Stored: Sendable>: Sendable {
    typealias Answer = Result<Resolved<Stored>, any Error>

    /// Turns what the levels below hold into what memory holds; nil where that stands for an absence.
    typealias Decode = @Sendable (_ bytes: [UInt8], _ type: EntryType, _ key: Key) throws(StrataError) -> Stored?

    let prefix: [UInt8]
    /// A copy, because its lifetimes may change while the engine runs.
    var policy: CachePolicy { currentPolicy.withLockedValue(\.self) }
    private let currentPolicy: NIOLockedValueBox<CachePolicy>
    let memory: MemoryCache<Stored>?
    let chain: LevelChain
    let registry: CacheRegistry
    let time: TimeSource
    /// Whether the store behind the chain is the memory level itself, which then needs no filling.
    let isMemoryAuthority: Bool
    let reads: SingleFlight<Resolved<Stored>>
    let loads: SingleFlight<Resolved<Stored>>
    let staleReads = StaleReads()
    private let decode: Decode

    init(
        prefix: [UInt8], policy: CachePolicy, memory: MemoryCache<Stored>?, isMemoryAuthority: Bool, chain: LevelChain,
        registry: CacheRegistry, tasks: LoadTasks, time: TimeSource, decode: @escaping Decode
    ) {
        self.prefix = prefix
        currentPolicy = NIOLockedValueBox(policy)
        self.memory = memory
        self.isMemoryAuthority = isMemoryAuthority
        self.chain = chain
        self.registry = registry
        self.time = time
        self.decode = decode
        reads = SingleFlight(tasks: tasks)
        loads = SingleFlight(tasks: tasks)
    }

    /// Gives copies that are made from now on other lifetimes, and serves stale ones by another policy.
    func setLifetimes(memory: CachePolicy.Level, shared: CachePolicy.Level, stale: StalePolicy?) {
        currentPolicy.withLockedValue { policy in
            policy.memory = memory
            policy.shared = shared
            policy.stale = stale
        }
    }

    /// The key as the levels below know it.
    func storeKey(_ key: Key) -> Key {
        prefix.isEmpty ? key : Key(prefix + key.bytes)
    }

    func decoded(_ entry: Entry, key: Key, readAt: Timestamp) throws(StrataError) -> Resolved<Stored> {
        let content: MemoryContent<Stored> =
            switch entry.content {
            case .value(let bytes, let type): try decode(bytes, type, key).map { .value($0) } ?? .absent
            case .absent: .absent
            }
        return Resolved(
            content: content, version: entry.version, remaining: entry.remaining, tags: entry.tags, readAt: readAt)
    }

    // MARK: Memory

    /// The answer of memory, when it is fresh enough.
    func remembered(_ key: Key, freshness: Freshness) -> Resolved<Stored>? {
        guard let memory, freshness != .strong, let entry = memory.entry(key) else { return nil }
        if case .atLeast(let version) = freshness, entry.version < version { return nil }
        let now = time.now
        guard entry.deadline > now else { return nil }
        let remaining = entry.deadline == .distantFuture ? nil : now.duration(to: entry.deadline)
        return Resolved(
            content: entry.content, version: entry.version, remaining: remaining, tags: entry.tags, readAt: now)
    }

    /// Puts into memory what the levels below answered, unless memory holds something newer.
    func keep(_ resolved: Resolved<Stored>, for key: Key, isAbsent: Bool) {
        guard let memory, !isMemoryAuthority else { return }
        guard let life = life(of: resolved, isAbsent: isAbsent) else {
            // What is held could still be served as stale, and is known to be over.
            memory.invalidate(key, below: Version(rawValue: resolved.version.rawValue + 1))
            return
        }
        memory.insert(
            key, resolved.content, version: resolved.version, deadline: life.deadline, staleFor: life.stalePeriod,
            tags: resolved.tags)
        if life.stalePeriod > .zero { staleReads.endPause(of: key) }
    }

    /// Brings what memory holds of a key up to date, and puts nothing there that it does not hold.
    ///
    /// A read that goes around single flight is not fenced: an invalidation during it would go unnoticed if it filled.
    func refresh(_ resolved: Resolved<Stored>, for key: Key, isAbsent: Bool) {
        guard let memory, !isMemoryAuthority, let life = life(of: resolved, isAbsent: isAbsent) else { return }
        do {
            try memory.update(key) { entry in
                guard let entry, entry.version < resolved.version else { return (.keep, ()) }
                let update: MemoryUpdate<Stored> = .set(
                    resolved.content, version: resolved.version, deadline: life.deadline, staleFor: life.stalePeriod,
                    tags: resolved.tags)
                return (update, ())
            }
        } catch {
            // The new value is too large for memory; the old one must go all the same.
            memory.invalidate(key, below: resolved.version)
        }
    }

    /// Until when memory may serve what was read, and how much longer it may hold it; nil when it should not keep it.
    private func life(of resolved: Resolved<Stored>, isAbsent: Bool) -> (deadline: Timestamp, stalePeriod: Duration)? {
        let policy = policy
        let lifetime = policy.lifetime(in: policy.memory, isAbsent: isAbsent, remaining: resolved.remaining)
        guard lifetime > .zero else { return nil }
        let stale = stalePeriod(of: policy, isAbsent: isAbsent, remaining: resolved.remaining, lifetime: lifetime)
        return (resolved.readAt.advanced(by: lifetime), stale)
    }
}
