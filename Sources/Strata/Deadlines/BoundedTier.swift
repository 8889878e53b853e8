import StrataCore

/// A tier that does not keep its deadlines, as its callers want to see it: each call is answered in time.
struct BoundedTier: CacheTier {
    let base: any CacheTier
    let calls: BoundedCalls

    var name: String { base.name }
    var keepsDeadlines: Bool { true }

    func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        await calls.make(name, by: deadline) {
            await base.read(keys, deadline: deadline)
        } failure: { error in
            keys.map { _ in .failure(error) }
        }
    }

    func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
        await calls.make(name, by: deadline) {
            await base.offer(offers, deadline: deadline)
        } failure: { error in
            offers.map { _ in .failure(error) }
        }
    }

    func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        await calls.make(name, by: deadline) {
            await base.invalidate(keys, deadline: deadline)
        } failure: { error in
            keys.map { _ in .failure(error) }
        }
    }

    func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await calls.makeThrowing(name, by: deadline) { () async throws(StrataError) in
            try await base.invalidate(tag, below: versions, deadline: deadline)
        }
    }

    func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await calls.makeThrowing(name, by: deadline) { () async throws(StrataError) in
            try await base.removeAll(deadline: deadline)
        }
    }

    func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        await calls.make(name, by: deadline) {
            await base.health(deadline: deadline)
        } failure: { error in
            [ServerHealth(base.name, .down(error))]
        }
    }
}
