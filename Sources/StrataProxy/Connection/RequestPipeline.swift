import NIOCore
import StrataCore

/// What a request touches.
enum RequestAccess: Hashable, Sendable {
    case reading([Key])
    /// Changes that may go out together with others of the same key, which then run in the order given.
    case writing([Key])
    /// Changes made of several steps, during which nothing else may touch the keys.
    case exchanging([Key])
    /// Keys that are not known.
    case everything
}

/// The order of one connection's requests and replies.
///
/// Requests that can't be answered at once get a place in the queue of replies. Any number may be under way at the same
/// time as long as none could tell the difference from running one after the other: reads of a key beside reads, nothing
/// beside a change of the same key, except that the changes collected for one wave keep their order within it. A request
/// that conflicts is not admitted, and those behind it wait with it, so that the queue needs no graph of who waits for
/// whom.
///
/// The pipeline does no I/O: it is told of requests, waves and answers, and hands out replies in the order of requests.
struct RequestPipeline<Reply> {
    /// The place of a request among all of its connection.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private enum Slot {
        case pending(RequestAccess, bytes: Int)
        case ready(Reply)
    }

    /// How a key is used by requests under way.
    private struct Use {
        var readers = 0
        var writers = 0
        /// The wave of the latest writer; writers of the wave that is being collected may be joined by others.
        var wave: UInt64 = 0
    }

    /// How many requests may have a place at the same time.
    let capacity: Int
    /// How many bytes of requests may be under way, the last of which may go beyond.
    let byteCapacity: Int
    private var pendingBytes = 0
    private var slots = CircularBuffer<Slot>()
    private var firstNumber: UInt64 = 0
    /// Kept from the first change among the requests under way until none is: while there are only reads, nobody asks.
    private var uses: [Key: Use] = [:]
    private var keepsUses = false
    private var pendingCount = 0
    private var writerCount = 0
    private var hasEverything = false
    private var wave: UInt64 = 1

    /// - Parameters:
    ///   - capacity: at least 1.
    ///   - byteCapacity: at least 1.
    init(capacity: Int, byteCapacity: Int) {
        precondition(capacity > 0 && byteCapacity > 0, "a pipeline of \(capacity) requests, \(byteCapacity) bytes")
        self.capacity = capacity
        self.byteCapacity = byteCapacity
    }

    /// Whether no reply is owed, so that the next one may be sent as soon as it is known.
    var isIdle: Bool { slots.isEmpty }

    /// Whether requests are under way.
    var hasPending: Bool { pendingCount > 0 }

    /// Whether a read that is answered at once sees what the requests before it did.
    func admitsImmediateRead(of key: @autoclosure () -> Key) -> Bool {
        if hasEverything { return false }
        guard writerCount > 0 else { return true }
        return (uses[key()]?.writers ?? 0) == 0
    }

    /// Whether a request may start now. Complexity: O(keys).
    func admits(_ access: RequestAccess) -> Bool {
        guard slots.count < capacity, pendingBytes < byteCapacity, !hasEverything else { return false }
        switch access {
        case .everything:
            return pendingCount == 0
        case .reading(let keys):
            return writerCount == 0 || keys.allSatisfy { (uses[$0]?.writers ?? 0) == 0 }
        case .writing(let keys):
            guard keepsUses else { return !isRead(keys) }
            return keys.allSatisfy { key in
                guard let use = uses[key] else { return true }
                return use.readers == 0 && (use.writers == 0 || use.wave == wave)
            }
        case .exchanging(let keys):
            guard keepsUses else { return !isRead(keys) }
            return keys.allSatisfy { uses[$0] == nil }
        }
    }

    /// Whether one of the keys is being read, while there are only reads. Complexity: O(keys under way).
    private func isRead(_ keys: [Key]) -> Bool {
        pendingCount > 0
            && slots.contains {
                if case .pending(.reading(let read), _) = $0 { read.contains(where: keys.contains) } else { false }
            }
    }

    /// Begins to note how keys are used, with the reads under way. Complexity: O(keys under way).
    private mutating func keepUses() {
        guard !keepsUses else { return }
        keepsUses = true
        for case .pending(.reading(let keys), _) in slots {
            for key in keys { uses[key, default: Use()].readers += 1 }
        }
    }

    /// Gives an admitted request its place.
    ///
    /// - Parameter bytes: how much memory the request keeps until it is answered.
    mutating func begin(_ access: RequestAccess, bytes: Int) -> Ticket {
        precondition(admits(access), "a request that was not admitted")
        switch access {
        case .everything:
            hasEverything = true
        case .reading(let keys):
            if keepsUses { for key in keys { uses[key, default: Use()].readers += 1 } }
        case .writing(let keys):
            keepUses()
            for key in keys {
                uses[key, default: Use()].writers += 1
                uses[key]?.wave = wave
            }
            writerCount += keys.count
        case .exchanging(let keys):
            keepUses()
            // Wave 0 is never the one being collected, so that nothing joins.
            for key in keys { uses[key, default: Use()].writers += 1 }
            writerCount += keys.count
        }
        pendingCount += 1
        pendingBytes += bytes
        slots.append(.pending(access, bytes: bytes))
        return Ticket(number: firstNumber + UInt64(slots.count) - 1)
    }

    /// The requests collected so far go out: later ones can't join them.
    mutating func startWave() {
        wave += 1
    }

    /// Takes in the reply of a request under way.
    mutating func answer(_ ticket: Ticket, _ reply: Reply) {
        let index = slots.index(slots.startIndex, offsetBy: Int(ticket.number - firstNumber))
        finish(slots[index], ticket)
        slots[index] = .ready(reply)
    }

    /// Takes in that a request under way is answered by a reply that is sent now, because none is owed before it.
    ///
    /// - Returns: false where one is; nothing has changed then.
    mutating func answerNext(_ ticket: Ticket) -> Bool {
        guard ticket.number == firstNumber else { return false }
        finish(slots.removeFirst(), ticket)
        firstNumber += 1
        return true
    }

    private mutating func finish(_ slot: Slot, _ ticket: Ticket) {
        guard case .pending(let access, let bytes) = slot else {
            preconditionFailure("request \(ticket.number) was answered twice")
        }
        pendingCount -= 1
        pendingBytes -= bytes
        switch access {
        case .everything: hasEverything = false
        case .reading(let keys):
            if keepsUses { for key in keys { release(key) { $0.readers -= 1 } } }
        case .writing(let keys), .exchanging(let keys):
            for key in keys { release(key) { $0.writers -= 1 } }
            writerCount -= keys.count
        }
        if pendingCount == 0 { keepsUses = false }
    }

    /// Takes in a reply that is known already and is owed after those of the requests before it.
    mutating func append(_ reply: Reply) {
        slots.append(.ready(reply))
    }

    /// The next reply that may be sent.
    mutating func nextReply() -> Reply? {
        guard case .ready(let reply)? = slots.first else { return nil }
        slots.removeFirst()
        firstNumber += 1
        return reply
    }

    private mutating func release(_ key: Key, _ change: (inout Use) -> Void) {
        guard var use = uses.removeValue(forKey: key) else { preconditionFailure("a key that is not in use: \(key)") }
        change(&use)
        if use.readers > 0 || use.writers > 0 { uses[key] = use }
    }
}
