import NIOConcurrencyHelpers
import StrataCore

/// What one cache remembers of serving stale values: its pauses and counts.
final class StaleReads: Sendable {
    /// Why a stale value was served.
    enum Reason {
        /// A load failed.
        case failure
        /// A load takes longer than the soft timeout.
        case softTimeout
        /// A load failed or was too slow a moment ago.
        case pause
    }

    private struct State {
        var pauses = StalePauses(limit: 8192)
        var statistics = StaleStatistics()
    }

    private let state = NIOLockedValueBox(State())

    var statistics: StaleStatistics { state.withLockedValue { $0.statistics } }

    func isPaused(_ key: Key, at now: Timestamp) -> Bool {
        state.withLockedValue { $0.pauses.holds(key, at: now) }
    }

    /// Notes that a stale value is served, and when the key may be loaded again.
    func note(_ key: Key, _ reason: Reason, pause: Duration, now: Timestamp) {
        state.withLockedValue { state in
            state.statistics.served += 1
            switch reason {
            case .failure: state.statistics.failures += 1
            case .softTimeout: state.statistics.softTimeouts += 1
            case .pause: return
            }
            state.pauses.note(key, until: now.advanced(by: pause), now: now)
        }
    }

    func endPause(of key: Key) {
        state.withLockedValue { $0.pauses.end(key) }
    }
}
