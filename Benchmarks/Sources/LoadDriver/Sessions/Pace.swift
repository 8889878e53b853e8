package import NIOCore

/// When the operations of one client ought to start, whether or not the server keeps up.
///
/// The clients take turns: together they start one operation every 1/rate seconds. Latency counts from here rather
/// than from when a busy client got round to sending, which is what corrects for coordinated omission.
///
/// Source: Tene, "How NOT to Measure Latency" (2013).
package struct Pace: Sendable {
    private let start: UInt64
    private let interval: Double
    private let offset: Double

    /// - Parameters:
    ///   - rate: operations per second over all clients, above 0.
    ///   - client: which client, `0 ..< clients`.
    ///   - start: when the phase starts.
    package init(rate: Double, client: Int, clients: Int, start: NIODeadline) {
        self.start = start.uptimeNanoseconds
        interval = Double(clients) * 1e9 / rate
        offset = Double(client) * 1e9 / rate
    }

    /// When the client's operation of this number, counted from 0, ought to start.
    package func start(of operation: Int) -> NIODeadline {
        .uptimeNanoseconds(start + UInt64(offset + Double(operation) * interval))
    }
}
