import Logging
import NIOCore
public import StrataCore

/// Invalidations through a stream in Redis: numbered without gaps, so that a subscriber knows when it has missed some.
///
/// A publisher's script numbers an entry and adds it in one step. A subscriber reads on from the last entry it has seen, also
/// after its connection was cut; when the log does not reach back that far, or is another one (the server was restarted or
/// replaced, the stream deleted), it reports a discontinuity and reads on from the log's new end.
///
/// Sources: Redis documentation, "Redis Streams", commands `XADD` and `XREAD`.
public struct RedisInvalidationLog: InvalidationSource {
    /// How the log is kept and read.
    public struct Options: Hashable, Sendable {
        /// How many entries are kept at least: how long a subscriber may be cut off without having to start over.
        public var entries: Int
        /// How long the server holds a poll that has nothing to answer, and with it the distance of heartbeats.
        public var poll: Duration
        /// The most entries one poll brings.
        public var entriesPerPoll: Int

        public init(entries: Int = 100_000, poll: Duration = .milliseconds(500), entriesPerPoll: Int = 1000) {
            precondition(entries >= 1 && poll >= .milliseconds(1) && entriesPerPoll >= 1)
            self.entries = entries
            self.poll = poll
            self.entriesPerPoll = entriesPerPoll
        }
    }

    public var name: String { "redis-log" }
    public var keepsDeadlines: Bool { true }
    let client: RedisClient
    let options: Options
    let time: TimeSource
    let stream: [UInt8]
    let meta: [UInt8]
    /// Where both lie.
    let place: RedisPlace

    /// A log on a client's server; with several, on the one that has the place of the stream's name.
    ///
    /// - Parameters:
    ///   - client: publishes; subscribing takes a connection of its own on one of the client's event loops.
    ///   - time: the clock of heartbeats.
    public init(client: RedisClient, options: Options = Options(), time: TimeSource = .system) {
        self.client = client
        self.options = options
        self.time = time
        let keyspace = RedisKeyspace(prefix: client.configuration.prefix)
        stream = keyspace.record("{log}")
        meta = keyspace.record("{log}:meta")
        place = client.place(of: stream)
    }

    public func publish(
        _ events: [InvalidationEvent], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        let calls = RedisLogPayload.encoded(events).map { payload in
            RedisLogScripts.publish.call(
                keys: [stream, meta], arguments: [newNonce(), Array("\(options.entries)".utf8), payload])
        }
        guard !calls.isEmpty else { return }
        for reply in try await client.evaluate(calls, at: place, deadline: deadline)
        where reply.bytes == nil {
            throw StrataError.unexpected(reply, to: "XADD").at(client.origin)
        }
    }

    /// A name for a log that begins, by which it differs from every other.
    func newNonce() -> [UInt8] {
        var nonce: [UInt8] = []
        nonce.appendBigEndian(UInt64.random(in: .min ... .max))
        nonce.appendBigEndian(UInt64.random(in: .min ... .max))
        return nonce
    }
}
