import Logging
import StrataCore

/// The levels below memory: level 2, when there is one, in front of the store.
///
/// Reads go down until a level answers; writes go to the store first, then upwards, so that no level ever shows what the
/// store may still refuse. A broken level 2 makes reads slower and never wrong: it is passed over.
final class LevelChain: Sendable {
    let tier: (any CacheTier)?
    let store: any Store
    /// The store, when it holds copies only.
    let levelsOnlyStore: LevelsOnlyStore?
    /// How event loops read from the store; nil where it takes a task, as with a level above it.
    let callbackReads: (any CallbackReads)?
    let sources: [any InvalidationSource]
    let repairs: RepairQueue
    let timeouts: CacheManagerOptions.Timeouts
    let tierCounter = LevelCounter()
    let storeCounter = LevelCounter()
    let logger: Logger

    /// - Parameter calls: answers callers of the parts that don't keep their deadlines.
    init(
        tier: (any CacheTier)?, store: any Store, sources: [any InvalidationSource], options: CacheManagerOptions,
        calls: BoundedCalls, logger: Logger
    ) {
        self.tier = tier.map { calls.bound($0) }
        self.store = calls.bound(store)
        levelsOnlyStore = store as? LevelsOnlyStore
        callbackReads = tier == nil ? self.store.callbackReads : nil
        self.sources = sources.map { calls.bound($0) }
        self.logger = logger
        timeouts = options.timeouts
        repairs = RepairQueue(limit: options.repairLimit)
    }

    var tierReadDeadline: ContinuousClock.Instant { .now + timeouts.shared.read }
    var tierWriteDeadline: ContinuousClock.Instant { .now + timeouts.shared.write }
    var storeReading: StoreContext { StoreContext(deadline: .now + timeouts.store.read) }
    var storeWriting: StoreContext { StoreContext(deadline: .now + timeouts.store.write) }
    /// Emptying level 2 takes a while: it may have the store's time as well.
    var tierRemovalDeadline: ContinuousClock.Instant { .now + timeouts.shared.write + timeouts.store.write }

    // MARK: Reads

    /// What the levels answered, and what level 2 should be told of it.
    struct Answers {
        var entries: [Result<Entry, StrataError>]
        var offers: [TierOffer]
    }

    /// Reads keys from level 2 and, where that has no answer fresh enough, from the store.
    func read(_ keys: [Key], freshness: Freshness, policy: CachePolicy) async -> Answers {
        var entries: [Result<Entry, StrataError>?] = await tierEntries(keys, freshness: freshness)
        let missing = keys.indices.filter { entries[$0] == nil }
        guard !missing.isEmpty else { return Answers(entries: entries.map { $0! }, offers: []) }
        let answers = await storeEntries(missing.map { keys[$0] }, freshness: freshness, policy: policy)
        for (index, entry) in zip(missing, answers.entries) { entries[index] = entry }
        return Answers(entries: entries.map { $0! }, offers: answers.offers)
    }

    /// Whether the keys of several callers are best read together.
    var sharesReads: Bool { tier != nil || store.isOneServer }

    /// Reads the keys of several callers: from level 2 in one request, and what it does not have from the store in one for
    /// each caller, so that nobody waits for another's shard.
    ///
    /// - Parameters:
    ///   - callers: which keys are whose; together all of them.
    ///   - found: gets each key's answer by the key's index, as soon as it is there.
    func read(
        _ keys: [Key], of callers: [Range<Int>], policy: CachePolicy,
        found: @escaping @Sendable (Int, Result<Entry, StrataError>) -> Void
    ) async {
        if tier == nil, store.isOneServer {
            let answers = await storeEntries(keys, freshness: .cached, policy: policy)
            for (index, entry) in answers.entries.enumerated() { found(index, entry) }
            return
        }
        let entries = await tierEntries(keys, freshness: .cached)
        for (index, entry) in entries.enumerated() {
            if let entry { found(index, entry) }
        }
        let parts = store.isOneServer ? [keys.indices] : callers
        let missing = parts.map { $0.filter { entries[$0] == nil } }.filter { !$0.isEmpty }
        @Sendable func ask(_ indices: [Int]) async {
            let answers = await storeEntries(indices.map { keys[$0] }, freshness: .cached, policy: policy)
            for (index, entry) in zip(indices, answers.entries) { found(index, entry) }
            await fill(answers.offers)
        }
        guard missing.count > 1 else {
            if let indices = missing.first { await ask(indices) }
            return
        }
        await withDiscardingTaskGroup { group in
            for indices in missing { group.addTask { await ask(indices) } }
        }
    }

    /// Reads keys from the store on the calling event loop; see `CallbackReads`.
    func read(_ keys: [Key], answer: @escaping ([Result<Entry, StrataError>]?) -> Void) -> Bool {
        guard let callbackReads else { return false }
        var context = storeReading
        context.freshness = .cached
        return callbackReads.read(keys, context: context) { [storeCounter] entries in
            if let entries { storeCounter.add(entries) }
            answer(entries)
        }
    }

    /// What the store has, and what level 2 should be told of it.
    private func storeEntries(_ keys: [Key], freshness: Freshness, policy: CachePolicy) async -> Answers {
        var context = storeReading
        context.freshness = freshness
        let entries = await store.read(keys, context: context)
        var offers: [TierOffer] = []
        if tier != nil {
            for (key, answer) in zip(keys, entries) {
                guard case .success(let entry) = answer else { continue }
                if let offer = offer(entry, for: key, policy: policy) { offers.append(offer) }
            }
        }
        storeCounter.add(entries)
        return Answers(entries: entries, offers: offers)
    }

    private func tierEntries(_ keys: [Key], freshness: Freshness) async -> [Result<Entry, StrataError>?] {
        var entries = [Result<Entry, StrataError>?](repeating: nil, count: keys.count)
        guard let tier, freshness != .strong else { return entries }
        // What level 2 has not heard of yet must not be read from it. This is asked before level 2 is: a repair that is
        // made meanwhile would hide how old the answer is.
        let owed = repairs.owed
        let asked = keys.indices.filter { !(owed?.covers(keys[$0]) ?? false) }
        let answers = asked.isEmpty ? [] : await tier.read(asked.map { keys[$0] }, deadline: tierReadDeadline)
        for (index, answer) in zip(asked, answers) {
            guard case .success(let entry?) = answer, !(owed?.covers(entry.tags) ?? false) else { continue }
            if case .atLeast(let version) = freshness, entry.version < version { continue }
            entries[index] = .success(entry)
        }
        let hits = entries.count { $0 != nil }
        tierCounter.add(hits: hits, misses: keys.count - hits)
        return entries
    }

    private func offer(_ entry: Entry, for key: Key, policy: CachePolicy) -> TierOffer? {
        let lifetime = policy.lifetime(
            in: policy.shared, isAbsent: entry.content == .absent, remaining: entry.remaining)
        return lifetime > .zero ? TierOffer(key: key, entry: entry, lifetime: lifetime) : nil
    }

    /// Tells level 2 what was read from the store. What it refuses or can't take is not needed for anything.
    func fill(_ offers: [TierOffer]) async {
        guard let tier, !offers.isEmpty else { return }
        _ = await tier.offer(offers, deadline: tierWriteDeadline)
    }

    // MARK: Writes

    /// A write's outcome, and whether the levels above the store know of it.
    struct Written: Sendable {
        var outcome: MutationOutcome
        var reachedEveryLevel: Bool
    }

    /// Runs mutations in the store, then tells level 2 and the other processes of those that changed something.
    func apply(_ mutations: [Mutation], policy: CachePolicy) async -> [Result<Written, StrataError>] {
        let outcomes = await store.apply(mutations, context: storeWriting)
        return await spread(outcomes, of: mutations, policy: policy)
    }

    /// The same for mutations of one slot that run all or not at all.
    func applyAtomically(_ mutations: [Mutation], policy: CachePolicy) async throws(StrataError) -> [Written] {
        let outcomes = try await store.applyAtomically(mutations, context: storeWriting)
        var written: [Written] = []
        for result in await spread(outcomes.map(Result.success), of: mutations, policy: policy) {
            written.append(try result.get())
        }
        return written
    }

    private func spread(
        _ outcomes: [Result<MutationOutcome, StrataError>], of mutations: [Mutation], policy: CachePolicy
    ) async -> [Result<Written, StrataError>] {
        // Of several mutations of one key only the last one's state matters to the levels.
        var newest: [Key: Entry] = [:]
        var uncertain: [Repair] = []
        for (mutation, outcome) in zip(mutations, outcomes) {
            switch outcome {
            case .success(let outcome) where outcome.applied:
                newest[mutation.key] = outcome.current ?? .absent(version: outcome.version)
            case .failure(let error) where error.mayHaveHappened:
                // The write may have happened: the levels above must not go on with what they had before it.
                uncertain.append(.uncertain(mutation.key))
            default: break
            }
        }
        leave(uncertain)
        let unreached = await tell(newest, policy: policy)
        return zip(mutations, outcomes).map { mutation, outcome in
            outcome.map { Written(outcome: $0, reachedEveryLevel: !unreached.contains(mutation.key)) }
        }
    }

    /// Tells level 2, then the other processes, in this order: who hears of the change must find it in level 2.
    ///
    /// - Returns: the keys that could not be told everywhere, and are therefore to be repaired.
    private func tell(_ entries: [Key: Entry], policy: CachePolicy) async -> Set<Key> {
        guard !entries.isEmpty else { return [] }
        var unreached: Set<Key> = []
        if let tier {
            let offers = entries.map { key, entry in
                let lifetime = policy.lifetime(
                    in: policy.shared, isAbsent: entry.content == .absent, remaining: entry.remaining)
                // A tombstone must stay for a moment even where no absence is cached: it refuses late fills.
                return TierOffer(key: key, entry: entry, lifetime: max(lifetime, .seconds(1)))
            }
            for (offer, answer) in zip(offers, await tier.offer(offers, deadline: tierWriteDeadline)) {
                if case .failure = answer { unreached.insert(offer.key) }
            }
        }
        let events = entries.map { key, entry in InvalidationEvent.key(key, below: entry.version) }
        if await !publish(events) { unreached.formUnion(entries.keys) }
        leave(unreached.map { .key($0, below: entries[$0]!.version) })
        return unreached
    }

    /// Publishes events on every source.
    ///
    /// - Returns: whether all sources took them.
    func publish(_ events: [InvalidationEvent]) async -> Bool {
        var isComplete = true
        for source in sources {
            do {
                try await source.publish(events, deadline: tierWriteDeadline)
            } catch {
                isComplete = false
            }
        }
        return isComplete
    }

    private func leave(_ left: [Repair]) {
        guard tier != nil || !sources.isEmpty || left == [.removal] else { return }
        if repairs.add(left) {
            logger.warning("invalidations could not be delivered; they are kept and sent again")
        }
    }

    // MARK: Invalidation of copies

    /// Drops the copies of keys in level 2 and tells the other processes.
    ///
    /// - Throws: the store's error when it can't say which version it holds, in which case nothing was dropped.
    func invalidate(_ keys: [Key]) async throws(StrataError) {
        var versions: [(key: Key, version: Version)] = []
        for (key, answer) in zip(keys, await store.read(keys, context: storeReading)) {
            versions.append((key, try answer.get().version))
        }
        var left: [Repair] = []
        func next(_ version: Version) -> Version { Version(rawValue: version.rawValue + 1) }
        if let tier {
            for (entry, answer) in zip(versions, await tier.invalidate(versions, deadline: tierWriteDeadline)) {
                if case .failure = answer { left.append(.key(entry.key, below: next(entry.version))) }
            }
        }
        if await !publish(versions.map { .key($0.key, below: next($0.version)) }) {
            left = versions.map { .key($0.key, below: next($0.version)) }
        }
        leave(left)
    }

    /// Makes all copies with a tag unusable, in level 2 and in the other processes.
    ///
    /// - Throws: the store's error when it can't make the versions that tell older copies from later ones.
    func invalidate(_ tag: Tag) async throws(StrataError) {
        let versions = try await store.invalidate(tag, context: storeWriting)
        var isComplete = true
        do {
            try await tier?.invalidate(tag, below: versions, deadline: tierWriteDeadline)
        } catch {
            isComplete = false
        }
        if await !publish([.tag(tag)]) || !isComplete { leave([.tag(tag)]) }
    }

    /// Removes every entry of these levels and of those of the caches that live in the levels only, in the stores first.
    ///
    /// - Throws: the store's error; part of its shards may be empty then.
    func removeAll(with levelsOnly: LevelChain) async throws(StrataError) {
        do throws(StrataError) {
            try await store.removeAll(context: storeWriting)
        } catch {
            leave([.everything])
            throw error
        }
        await levelsOnly.emptyLevelsOnlyStore()
        var isComplete = true
        do {
            try await tier?.removeAll(deadline: tierRemovalDeadline)
        } catch {
            isComplete = false
        }
        if await !publish([.everything]) || !isComplete { leave([.everything]) }
    }

    /// Empties the store when it holds copies only: now, or as a repair.
    private func emptyLevelsOnlyStore() async {
        guard let levelsOnlyStore else { return }
        do {
            try await levelsOnlyStore.removeAll(context: storeWriting)
        } catch {
            leave([.removal])
        }
    }
}
