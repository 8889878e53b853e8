import InMemoryTracing
import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Tracing

/// A tier that notes in which span it was last read.
final class ContextProbe: CacheTier {
    private let base: ModelTier
    private let span = NIOLockedValueBox<String?>(nil)

    init(_ base: ModelTier) { self.base = base }

    var seen: String? { span.withLockedValue { $0 } }
    var name: String { base.name }

    func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        span.withLockedValue { $0 = InstrumentationContext.current?.inMemorySpanContext?.spanID }
        return await base.read(keys, deadline: deadline)
    }

    func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
        await base.offer(offers, deadline: deadline)
    }

    func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        await base.invalidate(keys, deadline: deadline)
    }

    func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await base.invalidate(tag, below: versions, deadline: deadline)
    }

    func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await base.removeAll(deadline: deadline)
    }

    func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] { await base.health(deadline: deadline) }
}
