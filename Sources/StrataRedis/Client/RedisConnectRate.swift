import NIOConcurrencyHelpers
import StrataCore

/// How fast lost connections are made again, over all servers and event loops of a client and of those made from its
/// configuration.
///
/// A lane's delays are jittered, which spreads the attempts of one lane; after a restart there may be hundreds of lanes.
/// First connections are not counted: a client that starts makes each of them once.
final class RedisConnectRate: Sendable {
    private let bucket: NIOLockedValueBox<TokenBucket>

    /// - Parameter perSecond: how many attempts there may be per second, and how many at once after a quiet second.
    init(perSecond: Int) {
        bucket = NIOLockedValueBox(TokenBucket(perSecond: perSecond, burst: perSecond))
    }

    /// Takes leave for an attempt.
    ///
    /// - Returns: how long to wait before it.
    func reserve() -> Duration {
        let now = ContinuousClock.now
        return bucket.withLockedValue { $0.reserve(at: now) }
    }
}
