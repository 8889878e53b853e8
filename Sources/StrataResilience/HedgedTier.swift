package import StrataCore

/// A tier whose slow reads are sent once more; all else goes to it as it is.
package struct HedgedTier<Base: CacheTier>: CacheTier {
    private let base: Base
    private let hedges: ServerHedges

    package init(_ base: Base, _ hedges: ServerHedges) {
        self.base = base
        self.hedges = hedges
    }

    package var name: String { base.name }
    package var keepsDeadlines: Bool { base.keepsDeadlines }

    package func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        await hedges.readAll { await base.read(keys, deadline: deadline) }
    }

    package func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
        await base.offer(offers, deadline: deadline)
    }

    package func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        await base.invalidate(keys, deadline: deadline)
    }

    package func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await base.invalidate(tag, below: versions, deadline: deadline)
    }

    package func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await base.removeAll(deadline: deadline)
    }

    package func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        await base.health(deadline: deadline)
    }
}
