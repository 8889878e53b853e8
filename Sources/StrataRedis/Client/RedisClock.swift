import NIOConcurrencyHelpers

/// An estimate of the server's wall clock, kept up by asking it from time to time.
///
/// The estimate is never early: the answer counts from when the question was *sent*, so that the error, at most one round
/// trip, makes entries expire too soon rather than too late.
final class RedisClock: Sendable {
    private struct Anchor {
        /// Milliseconds since 1970 on the server's clock, no less than they were at the instant.
        var milliseconds: Int64
        var instant: ContinuousClock.Instant
    }

    private let anchor = NIOLockedValueBox<Anchor?>(nil)

    /// Takes in an answer to `TIME`.
    func update(_ milliseconds: Int64, sent: ContinuousClock.Instant) {
        anchor.withLockedValue { $0 = Anchor(milliseconds: milliseconds, instant: sent) }
    }

    /// Milliseconds since 1970 on the server's clock; nil before the first answer.
    func now(at instant: ContinuousClock.Instant = .now) -> Int64? {
        guard let anchor = anchor.withLockedValue({ $0 }) else { return nil }
        let passed = (instant - anchor.instant).components
        // A started millisecond counts as over.
        return anchor.milliseconds + passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000 + 1
    }
}
