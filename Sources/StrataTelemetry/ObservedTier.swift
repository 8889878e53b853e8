public import StrataCore

/// A tier whose calls are observed: a span and a time for each, whatever servers it spreads its keys over.
///
/// Asking for its health is no call of anybody's, and has neither.
public struct ObservedTier<Base: CacheTier>: CacheTier {
    /// The tier itself.
    public let base: Base
    private let observer: ServerObserver

    public init(_ base: Base, _ server: ObservedServer, _ observation: Observation) {
        self.base = base
        observer = ServerObserver(server, ObservedOperation.ofTiers, observation)
    }

    public var name: String { base.name }
    public var keepsDeadlines: Bool { base.keepsDeadlines }

    public func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        await observer.call(.read, as: batch(.read, keys.count), size: keys.count) {
            await base.read(keys, deadline: deadline)
        }
    }

    public func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
        await observer.call(.offer, as: batch(.offer, offers.count), size: offers.count) {
            await base.offer(offers, deadline: deadline)
        }
    }

    public func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        await observer.call(.invalidate, as: batch(.invalidate, keys.count), size: keys.count) {
            await base.invalidate(keys, deadline: deadline)
        }
    }

    public func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await observer.callThrowing(.invalidateTag) { () async throws(StrataError) in
            try await base.invalidate(tag, below: versions, deadline: deadline)
        }
    }

    public func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await observer.callThrowing(.removeAll) { () async throws(StrataError) in
            try await base.removeAll(deadline: deadline)
        }
    }

    public func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        await base.health(deadline: deadline)
    }

    private func batch(_ operation: ObservedOperation, _ size: Int) -> String {
        ObservedOperation.batch(of: operation.name, size: size, otherwise: operation)
    }
}
