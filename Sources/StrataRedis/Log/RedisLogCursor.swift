import StrataCore

/// Which log it is: when any of these changes, what was read before says nothing about what comes.
struct RedisLogIdentity: Hashable, Sendable {
    /// The server's process.
    var runID: [UInt8]
    /// The history it replicates; a replica that is promoted begins a new one, and may not have all of the old one.
    var replicationID: [UInt8]
    /// Made with the stream.
    var nonce: [UInt8]
}

/// One entry of the stream as it was read.
struct RedisLogEntry: Hashable, Sendable {
    var identifier: String
    var nonce: [UInt8]
    var payload: [UInt8]
}

/// Where a subscriber stands in the log, and what follows from what a poll brings.
///
/// Invariant: every entry up to `position` of the log `identity` was delivered, or a discontinuity in their place. Entries
/// are numbered densely, so a number that is skipped is an entry that was lost.
struct RedisLogCursor {
    /// What a poll of the log brought.
    struct Poll {
        /// When it was sent, by the local clock.
        var sent: Timestamp
        /// The log as it was before the entries were read; nil when there is none.
        var identity: RedisLogIdentity?
        /// The number of the last entry published before the entries were read.
        var published: UInt64
        /// What was read after the position.
        var entries: [RedisLogEntry]
        /// Whether there may be more entries that were not asked for.
        var isPartial: Bool
    }

    /// What to do after a poll.
    enum Outcome: Equatable {
        /// Deliver these and go on.
        case deliver([InvalidationDelivery])
        /// Deliver these, find the log's new end, then deliver a discontinuity for this reason.
        case reopen([InvalidationDelivery], reason: String)
    }

    let identity: RedisLogIdentity
    private(set) var position: UInt64

    mutating func take(_ poll: Poll) -> Outcome {
        guard let seen = poll.identity else { return .reopen([], reason: "the log is gone") }
        guard seen == identity else { return .reopen([], reason: change(to: seen)) }

        var events: [InvalidationEvent] = []
        var reason: String?
        for entry in poll.entries {
            guard entry.identifier == "\(position + 1)-0" else {
                reason = "entry \(position + 1) is missing: the log goes on with \(entry.identifier.prefix(41))"
                break
            }
            guard entry.nonce == identity.nonce else {
                reason = "entry \(position + 1) belongs to another log"
                break
            }
            guard let more = RedisLogPayload.events(in: entry.payload) else {
                reason = "entry \(position + 1) can't be read"
                break
            }
            events += more
            position += 1
        }
        var deliveries: [InvalidationDelivery] = events.isEmpty ? [] : [.events(events)]
        if let reason { return .reopen(deliveries, reason: reason) }
        if !poll.isPartial {
            guard position >= poll.published else {
                return .reopen(deliveries, reason: "entries \(position + 1) to \(poll.published) were trimmed")
            }
            deliveries.append(.heartbeat(poll.sent))
        }
        return .deliver(deliveries)
    }

    private func change(to seen: RedisLogIdentity) -> String {
        if seen.runID != identity.runID { return "the server was restarted" }
        if seen.replicationID != identity.replicationID { return "the server was promoted or follows another one" }
        return "the log was replaced"
    }
}
