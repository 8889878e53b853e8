public import StrataCore
import StrataMemory

extension Cache {
    /// The value of a key, from the first level that knows.
    ///
    /// A hit in memory does not suspend. Concurrent reads of a key that memory does not have share one load.
    /// - Parameters:
    ///   - key: the cache's own key.
    ///   - freshness: which levels may answer.
    /// - Returns: the value; nil when the key does not exist.
    /// - Throws: the store's error when no level could answer; `serialization` when the stored bytes don't decode;
    ///   `cancelled` when the caller's task was cancelled, which ends the wait at once and never a load others wait for.
    public func value(for key: Key, freshness: Freshness = .cached) async throws(StrataError) -> Value? {
        if freshness == .cached {
            switch cached(key) {
            case .hit(let value): return value
            case .absent: return nil
            case .miss: break
            }
        }
        return try await values(for: [key], freshness: freshness)[key]!.get()
    }

    /// The value of a key, from the first level that knows, or from the service's own loader.
    ///
    /// However many callers ask for a missing key at once, in this process its loader runs once. What it finds is written
    /// through the store and the levels; that it found nothing is remembered for the policy's negative TTL.
    /// - Parameters:
    ///   - key: the cache's own key.
    ///   - freshness: which levels may answer before the loader is asked.
    ///   - load: finds the value; nil when there is none. Cancelled when no caller waits for it any more.
    /// - Throws: what the loader throws, and what `value(for:freshness:)` throws.
    public func value(
        for key: Key, freshness: Freshness = .cached, orLoad load: @escaping @Sendable () async throws -> Value?
    ) async throws -> Value? {
        // Unlike a hit, an absence is no answer yet: it may be the store's, and the loader was not asked.
        if freshness == .cached, case .hit(let value) = cached(key) { return value }
        let answers = await loaded([key], freshness: freshness) { _ in
            guard let value = try await load() else { return [:] }
            return [key: value]
        }
        return try answers[key]!.get()
    }

    /// The values of many keys, in one round trip per level and shard.
    ///
    /// - Returns: per key its value, nil when it does not exist, or the error of its shard: one failing shard takes no key
    ///   of another with it.
    public func values(
        for keys: [Key], freshness: Freshness = .cached
    ) async -> [Key: Result<Value?, StrataError>] {
        let answers = await engine.read(keys, freshness: freshness)
        return Dictionary(
            zip(keys, answers.map { $0.map { $0.value() }.mapError(StrataError.init(wrapping:)) }),
            uniquingKeysWith: { first, _ in first })
    }

    /// The values of many keys, those that no level has from the service's own loader, which is asked once for all of them.
    ///
    /// - Parameters:
    ///   - keys: the cache's own keys.
    ///   - freshness: which levels may answer before the loader is asked.
    ///   - load: finds the values of the keys it is given; those without a value are left out of its answer.
    /// - Returns: per key its value, nil when it does not exist, or the error of its shard or of the loader.
    public func values(
        for keys: [Key], freshness: Freshness = .cached,
        orLoad load: @escaping @Sendable ([Key]) async throws -> [Key: Value]
    ) async -> [Key: Result<Value?, any Error>] {
        await loaded(keys, freshness: freshness, load)
    }

    private func loaded(
        _ keys: [Key], freshness: Freshness, _ load: @escaping @Sendable ([Key]) async throws -> [Key: Value]
    ) async -> [Key: Result<Value?, any Error>] {
        let answers = await loadedEntries(keys, freshness: freshness, load)
        return Dictionary(
            zip(keys, answers.map { $0.map { $0.value() } }), uniquingKeysWith: { first, _ in first })
    }

    func loadedEntries(
        _ keys: [Key], freshness: Freshness, _ load: @escaping @Sendable ([Key]) async throws -> [Key: Value]
    ) async -> [CacheEngine<Loaded<Value>>.Answer] {
        let loader = Loader<Loaded<Value>>(
            load: { [self] keys in
                try await load(keys).reduce(into: [:]) { found, entry in
                    found[entry.key] = encoded(entry.value, entry.key)
                }
            },
            absence: .absence)
        return await engine.read(keys, freshness: freshness, loader: loader)
    }

    private func encoded(_ value: Value, _ key: Key) -> Result<Loader<Loaded<Value>>.Found, StrataError> {
        Result { () throws(StrataError) in
            let bytes = try serializer.stored(value, key: key)
            return .init(stored: Loaded(value: value, encodedLength: bytes.count, policy: policy), bytes: bytes)
        }
    }
}

extension Resolved {
    /// The value that callers get.
    func value<Value>() -> Value? where Stored == Loaded<Value> {
        if case .value(let loaded) = content { loaded.value } else { nil }
    }
}
