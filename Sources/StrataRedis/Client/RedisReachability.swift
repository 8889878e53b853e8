import CoreMetrics
import Logging
import NIOConcurrencyHelpers
import StrataCore

/// Knows over all event loops how many connections a server has, and logs when it is lost and found: once, not per call.
final class RedisReachability: Sendable {
    private struct State {
        var connections = 0
        var isReportedDown = false
    }

    private let state = NIOLockedValueBox(State())
    private let logger: Logger
    private let metrics: RedisMetrics

    init(logger: Logger, metrics: RedisMetrics) {
        self.logger = logger
        self.metrics = metrics
    }

    /// A connection was logged in.
    func connectionOpened() {
        let (count, isFirst) = state.withLockedValue { state in
            state.connections += 1
            defer { state.isReportedDown = false }
            return (state.connections, state.connections == 1)
        }
        metrics.connections.record(count)
        if isFirst { logger.info("Redis is connected") }
    }

    /// A connection that was logged in ended; without an error when it was closed on purpose.
    func connectionClosed(_ error: StrataError?) {
        let (count, isNews) = state.withLockedValue { state in
            state.connections -= 1
            let isNews = state.connections == 0 && error != nil && !state.isReportedDown
            if isNews { state.isReportedDown = true }
            return (state.connections, isNews)
        }
        metrics.connections.record(count)
        if isNews, let error { report(error) }
    }

    /// An attempt to connect failed.
    func connectionFailed(_ error: StrataError) {
        let isNews = state.withLockedValue { state in
            guard state.connections == 0, !state.isReportedDown else { return false }
            state.isReportedDown = true
            return true
        }
        if isNews { report(error) }
    }

    private func report(_ error: StrataError) {
        logger.warning("Redis can't be reached, trying again", metadata: ["error": "\(error)"])
    }
}
