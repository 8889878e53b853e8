import NIOConcurrencyHelpers
public import StrataCore

/// A level 2 in a dictionary that never expires anything, with a switch for being out of reach.
public final class ModelTier: CacheTier {
    private struct State {
        var entries: [Key: Entry] = [:]
        var floors: [Key: Version] = [:]
        var failure: StrataError?
        var reads = 0
        var invalidatedTags: [Tag] = []
    }

    public let name = "model-tier"
    public let keepsDeadlines = true
    private let state = NIOLockedValueBox(State())

    public init() {}

    /// While set, every call fails with this.
    public var failure: StrataError? {
        get { state.withLockedValue { $0.failure } }
        set { state.withLockedValue { $0.failure = newValue } }
    }

    /// What the tier holds of a key.
    public func held(_ key: Key) -> Entry? { state.withLockedValue { $0.entries[key] } }
    /// Puts an entry there without asking.
    public func plant(_ entry: Entry, for key: Key) { state.withLockedValue { $0.entries[key] = entry } }
    /// Forgets everything, as a Redis that was flushed.
    public func flush() { state.withLockedValue { $0.entries = [:] } }
    /// How many times `read` was called.
    public var readCount: Int { state.withLockedValue { $0.reads } }
    /// The tags that were invalidated, in order.
    public var invalidatedTags: [Tag] { state.withLockedValue { $0.invalidatedTags } }

    public func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        state.withLockedValue { state in
            state.reads += 1
            if let failure = state.failure { return keys.map { _ in .failure(failure) } }
            return keys.map { .success(state.entries[$0]) }
        }
    }

    public func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
        state.withLockedValue { state in
            if let failure = state.failure { return offers.map { _ in .failure(failure) } }
            return offers.map { offer in
                let held = max(state.entries[offer.key]?.version ?? .zero, state.floors[offer.key] ?? .zero)
                guard state.entries[offer.key] == nil || held < offer.entry.version else { return .success(false) }
                state.entries[offer.key] = offer.entry
                return .success(true)
            }
        }
    }

    public func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        state.withLockedValue { state in
            if let failure = state.failure { return keys.map { _ in .failure(failure) } }
            return keys.map { key, version in
                if let held = state.entries[key], held.version <= version { state.entries[key] = nil }
                state.floors[key] = max(version, state.floors[key] ?? .zero)
                return .success(())
            }
        }
    }

    public func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        if let failure { throw failure }
        state.withLockedValue { state in
            state.invalidatedTags.append(tag)
            state.entries = state.entries.filter { !$0.value.tags.contains(tag) }
        }
    }

    public func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        if let failure { throw failure }
        state.withLockedValue { state in
            state.entries = [:]
        }
    }

    public func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        [ServerHealth(name, failure.map { .down($0) } ?? .serving)]
    }
}
