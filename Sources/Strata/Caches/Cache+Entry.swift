public import StrataCore
import StrataMemory

extension Cache {
    /// What the cache knows of a key: its value, its version, and whether it is stale; else as `value(for:freshness:)`.
    public func entry(for key: Key, freshness: Freshness = .cached) async throws(StrataError) -> CachedEntry<Value> {
        try await engine.read([key], freshness: freshness)[0].mapError(StrataError.init(wrapping:)).get().entry()
    }

    /// What the cache knows of a key, or the service's own loader finds; else as `value(for:freshness:orLoad:)`.
    public func entry(
        for key: Key, freshness: Freshness = .cached, orLoad load: @escaping @Sendable () async throws -> Value?
    ) async throws -> CachedEntry<Value> {
        try await loadedEntries([key], freshness: freshness) { _ in
            guard let value = try await load() else { return [:] }
            return [key: value]
        }[0].get().entry()
    }
}

extension Resolved {
    fileprivate func entry<Value>() -> CachedEntry<Value> where Stored == Loaded<Value> {
        CachedEntry(value: value(), version: version, staleness: staleness)
    }
}
