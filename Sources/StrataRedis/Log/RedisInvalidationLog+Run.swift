import Logging
import NIOCore
public import StrataCore

extension RedisInvalidationLog {
    public func health(deadline: ContinuousClock.Instant) async -> ServerHealth {
        await ServerHealth.of(name) { () throws(StrataError) in
            try await client.topology.node(at: place, deadline: deadline).ping(deadline: deadline)
        }
    }

    public func run(delivering sink: any InvalidationSink) async throws {
        var configuration = client.configuration
        configuration.connectionsPerLoop = 1
        configuration.clientName += "-log"
        // The server holds polls on purpose; what is overdue begins after that.
        configuration.commandTimeout += options.poll
        // Polls are slow on purpose and one after the other, with pauses of their own: nothing for a circuit to judge.
        let subscriber = RedisClient(
            configuration: configuration, group: client.anyEventLoop, logger: client.logger, hasCircuit: false)
        await withTaskGroup(of: Void.self) { tasks in
            // A topology has to be watched: a server that was replaced may go on to answer polls.
            tasks.addTask { try? await subscriber.run() }
            await follow(subscriber, delivering: sink)
            tasks.cancelAll()
        }
        try Task.checkCancellation()
    }

    /// Reads the log until the task is cancelled.
    private func follow(_ subscriber: RedisClient, delivering sink: any InvalidationSink) async {
        var cursor: RedisLogCursor?
        var discontinuity: String?
        var backoff = client.configuration.backoff
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do throws(StrataError) {
                guard var open = cursor else {
                    let sent = time.now
                    cursor = try await openLog(subscriber)
                    // Only now that later events are certain to come: one in between would be lost after the purge.
                    if let reason = discontinuity {
                        client.logger.warning(
                            "Invalidations may have been lost, copies are purged", metadata: ["reason": "\(reason)"])
                        sink.receive(.discontinuity(reason), from: name)
                        discontinuity = nil
                    }
                    sink.receive(.heartbeat(sent), from: name)
                    continue
                }
                let poll = try await poll(subscriber, after: open.position)
                switch open.take(poll) {
                case .deliver(let deliveries):
                    cursor = open
                    for delivery in deliveries { sink.receive(delivery, from: name) }
                case .reopen(let deliveries, let reason):
                    for delivery in deliveries { sink.receive(delivery, from: name) }
                    (cursor, discontinuity) = (nil, reason)
                }
                backoff.reset()
                // A steady stream of single entries would otherwise be polled one by one.
                let pause = began + .milliseconds(1) - .now
                if pause > .zero { try? await Task.sleep(for: pause) }
            } catch {
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    private func openLog(_ subscriber: RedisClient) async throws(StrataError) -> RedisLogCursor {
        let call = RedisLogScripts.open.call(
            keys: [stream, meta],
            arguments: [newNonce(), Array("\(options.entries)".utf8), RedisLogPayload.empty])
        let reply = try await subscriber.evaluate([call], at: place, deadline: patience)[0]
        let (identity, published) = try state(in: reply)
        guard let identity else {
            throw StrataError(.unavailable, "the invalidation log was deleted while it was made")
        }
        return RedisLogCursor(identity: identity, position: published)
    }

    private func poll(
        _ subscriber: RedisClient, after position: UInt64
    ) async throws(StrataError) -> RedisLogCursor.Poll {
        var read = RedisCommand(
            words: "XREAD", "COUNT", "\(options.entriesPerPoll)", "BLOCK", "\(options.poll.wholeMilliseconds)",
            "STREAMS")
        read.append(stream)
        read.append("\(position)-0")
        // By its source, as its answer is needed before the server holds the read that comes after it.
        let check = RedisLogScripts.poll.call(keys: [stream, meta]).bySource
        let sent = time.now
        let replies = try await subscriber.send([check, read], at: place, deadline: patience)
        let (identity, published) = try state(in: replies[0])
        let entries = try RedisLogEntry.entries(in: replies[1])
        return RedisLogCursor.Poll(
            sent: sent, identity: identity, published: published, entries: entries,
            isPartial: entries.count >= options.entriesPerPoll)
    }

    /// When a poll is given up: later than the connection, so that the reason is the connection's.
    private var patience: ContinuousClock.Instant {
        .now + (options.poll + client.configuration.commandTimeout * 2 + client.configuration.connectTimeout)
    }

    private func state(
        in reply: RedisReply
    ) throws(StrataError) -> (identity: RedisLogIdentity?, published: UInt64) {
        guard let parts = reply.elements, parts.count == 4, let run = parts[0].bytes, let replication = parts[1].bytes,
            let published = parts[3].bytes.flatMap({ UInt64(String(decoding: $0, as: UTF8.self)) })
        else { throw .unexpected(reply, to: "EVAL") }
        let identity = parts[2].bytes.map { nonce in
            RedisLogIdentity(runID: run, replicationID: replication, nonce: nonce)
        }
        return (identity, published)
    }
}

extension RedisLogEntry {
    /// The entries in the answer to `XREAD` of one stream.
    static func entries(in reply: RedisReply) throws(StrataError) -> [RedisLogEntry] {
        if case .null = reply { return [] }
        guard let streams = reply.elements, streams.count == 1, let pair = streams[0].elements, pair.count == 2,
            let entries = pair[1].elements
        else { throw .unexpected(reply, to: "XREAD") }
        return try entries.map { entry throws(StrataError) in
            guard let parts = entry.elements, parts.count == 2, let identifier = parts[0].bytes else {
                throw .unexpected(entry, to: "XREAD")
            }
            var read = RedisLogEntry(identifier: String(decoding: identifier, as: UTF8.self), nonce: [], payload: [])
            // What has other fields is somebody else's, and fails on its nonce.
            let fields = parts[1].elements ?? []
            for index in stride(from: 0, to: fields.count - 1, by: 2) {
                switch fields[index].bytes {
                case [UInt8(ascii: "n")]: read.nonce = fields[index + 1].bytes ?? []
                case [UInt8(ascii: "e")]: read.payload = fields[index + 1].bytes ?? []
                default: break
                }
            }
            return read
        }
    }
}
