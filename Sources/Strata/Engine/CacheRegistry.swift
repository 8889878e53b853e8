import Logging
import NIOConcurrencyHelpers
import StrataCore
import StrataMemory

/// A cache as invalidations see it, whatever its values are.
protocol RegisteredCache: AnyObject, Sendable {
    /// Drops what memory holds of a key (the cache's own, without prefix) below a version, and fences its loads.
    func invalidate(_ key: Key, below version: Version)
    /// Drops what memory holds with a tag, and fences all loads.
    func invalidate(_ tag: Tag)
    /// Drops all that memory holds, and fences all loads.
    func purge()
    /// Removes expired entries, up to a number.
    func expire(limit: Int) -> Expiry
    var memoryStatistics: MemoryStatistics? { get }
    var staleStatistics: StaleStatistics { get }
}

/// The caches of one manager, and the way of an invalidation to those it concerns.
///
/// Invalidations address the store's key. Of a key `name:key` they reach the cache of that name, and always the unnamed
/// cache, which may hold any key as raw bytes.
final class CacheRegistry: Sendable {
    private struct State {
        var unnamed: (any RegisteredCache)?
        var named: [String: any RegisteredCache] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// All caches.
    var all: [any RegisteredCache] {
        state.withLockedValue { Array($0.named.values) + ($0.unnamed.map { [$0] } ?? []) }
    }

    /// Notes the unnamed cache.
    func register(unnamed cache: any RegisteredCache) {
        state.withLockedValue { $0.unnamed = cache }
    }

    /// The cache of a name, made when there is none yet.
    func cache(named name: String, make: () throws -> any RegisteredCache) rethrows -> any RegisteredCache {
        try state.withLockedValue { state in
            if let cache = state.named[name] { return cache }
            let cache = try make()
            state.named[name] = cache
            return cache
        }
    }

    /// Drops copies of a store key below a version.
    func invalidate(_ storeKey: Key, below version: Version) {
        let (unnamed, named) = state.withLockedValue { state -> ((any RegisteredCache)?, (any RegisteredCache)?) in
            (state.unnamed, owner(of: storeKey, among: state.named))
        }
        unnamed?.invalidate(storeKey, below: version)
        if let named, let separator = storeKey.bytes.firstIndex(of: CacheName.separator) {
            named.invalidate(Key(storeKey.bytes[(separator + 1)...]), below: version)
        }
    }

    private func owner(of key: Key, among caches: [String: any RegisteredCache]) -> (any RegisteredCache)? {
        guard !caches.isEmpty, let separator = key.bytes.firstIndex(of: CacheName.separator) else { return nil }
        return caches[String(decoding: key.bytes[..<separator], as: UTF8.self)]
    }
}

extension CacheRegistry: InvalidationSink {
    func receive(_ delivery: InvalidationDelivery, from source: String) {
        switch delivery {
        case .events(let events):
            for event in events { receive(event) }
        case .heartbeat:
            // Freshness gates open by heartbeats once relays vouch for them; without relays entries live by their TTL.
            break
        case .discontinuity(let reason):
            logger.warning(
                "invalidations may have been missed; the memory level is purged",
                metadata: ["source": "\(source)", "reason": "\(reason)"])
            for cache in all { cache.purge() }
        }
    }

    private func receive(_ event: InvalidationEvent) {
        switch event {
        case .key(let key, let version): invalidate(key, below: version)
        case .tag(let tag): for cache in all { cache.invalidate(tag) }
        case .everything: for cache in all { cache.purge() }
        }
    }
}
