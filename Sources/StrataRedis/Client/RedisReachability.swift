import CoreMetrics
import Logging
import NIOConcurrencyHelpers
import StrataCore
import StrataResilience

/// Counts over all event loops the connections to a server, and tells its circuit when there are none to be had.
final class RedisReachability: Sendable {
    private let connections = NIOLockedValueBox(0)
    private let circuit: ServerCircuit?
    private let logger: Logger
    private let metrics: RedisMetrics

    init(circuit: ServerCircuit?, logger: Logger, metrics: RedisMetrics) {
        self.circuit = circuit
        self.logger = logger
        self.metrics = metrics
    }

    /// A connection was logged in.
    func connectionOpened() {
        let count = add(1)
        if count == 1 { logger.info("Redis is connected") }
        circuit?.reached()
    }

    /// A connection that was logged in ended. That it did says nothing yet about the server.
    func connectionClosed() { _ = add(-1) }

    /// An attempt to connect failed.
    func connectionFailed(_ error: StrataError) {
        if connections.withLockedValue({ $0 }) == 0 { circuit?.unreachable(error) }
    }

    private func add(_ change: Int) -> Int {
        let count = connections.withLockedValue { count in
            count += change
            return count
        }
        metrics.connections.record(count)
        return count
    }
}
