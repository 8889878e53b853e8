import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisLogCursorTests {
    private let identity = RedisLogIdentity(runID: [1], replicationID: [2], nonce: [3])
    private let sent = Timestamp(nanoseconds: 77)

    private func entry(_ number: Int, _ event: InvalidationEvent = .everything) -> RedisLogEntry {
        RedisLogEntry(identifier: "\(number)-0", nonce: [3], payload: RedisLogPayload.encoded([event])[0])
    }

    private func take(
        _ entries: [RedisLogEntry], at position: UInt64 = 10, published: UInt64 = 10,
        identity other: RedisLogIdentity?? = nil, isPartial: Bool = false
    ) -> (outcome: RedisLogCursor.Outcome, position: UInt64) {
        var cursor = RedisLogCursor(identity: identity, position: position)
        let outcome = cursor.take(
            RedisLogCursor.Poll(
                sent: sent, identity: other ?? identity, published: published, entries: entries, isPartial: isPartial))
        return (outcome, cursor.position)
    }

    private func isReopen(_ outcome: RedisLogCursor.Outcome, _ word: String) -> Bool {
        if case .reopen(_, let reason) = outcome { reason.contains(word) } else { false }
    }

    @Test func entriesInOrderAreDeliveredWithOneHeartbeat() {
        let (outcome, position) = take([entry(11, .tag("a")), entry(12, .key("k", below: Version(rawValue: 4)))])
        #expect(
            outcome
                == .deliver([.events([.tag("a"), .key("k", below: Version(rawValue: 4))]), .heartbeat(sent)]))
        #expect(position == 12)
        #expect(take([]).outcome == .deliver([.heartbeat(sent)]))
    }

    @Test func aPollThatLeftEntriesBehindIsNoHeartbeat() {
        #expect(take([entry(11)], published: 40, isPartial: true).outcome == .deliver([.events([.everything])]))
    }

    @Test func lossesAreDiscontinuities() {
        #expect(isReopen(take([entry(12)]).outcome, "missing"))
        #expect(isReopen(take([], published: 12).outcome, "trimmed"))
        #expect(isReopen(take([], identity: .some(nil)).outcome, "gone"))
        for (index, word) in ["restarted", "promoted", "replaced"].enumerated() {
            var other = identity
            switch index {
            case 0: other.runID = [9]
            case 1: other.replicationID = [9]
            default: other.nonce = [9]
            }
            #expect(isReopen(take([entry(11)], identity: other).outcome, word))
        }
    }

    @Test func whatCameBeforeALossIsDelivered() {
        guard case .reopen(let deliveries, _) = take([entry(11), entry(13)]).outcome else {
            Issue.record("a gap was not seen")
            return
        }
        #expect(deliveries == [.events([.everything])])
    }

    @Test func forgedEntriesAreDiscontinuities() {
        var foreign = entry(11)
        foreign.nonce = [8]
        #expect(isReopen(take([foreign]).outcome, "another log"))
        var unreadable = entry(11)
        for payload in [[], [1, 9], [2], [1, 1, 0xFF, 0xFF, 1], [1, 2, 0, 5, 65], [1, 3, 1]] as [[UInt8]] {
            unreadable.payload = payload
            #expect(isReopen(take([unreadable]).outcome, "can't be read"))
        }
        unreadable.payload = [1] + [UInt8](repeating: 3, count: RedisLogPayload.readBytes)
        #expect(isReopen(take([unreadable]).outcome, "can't be read"))
        for identifier in ["11-1", "1700000000000-0", "11", "x", "18446744073709551615-0"] {
            var other = entry(11)
            other.identifier = identifier
            #expect(isReopen(take([other]).outcome, "missing"))
        }
    }

    @Test func payloadsCarryEveryEventAndAreSplit() {
        let events: [InvalidationEvent] = [
            .key(Key([]), below: .zero), .key(Key([UInt8](0...255)), below: Version(rawValue: .max)), .tag("é"),
            .everything, .tag(""),
        ]
        #expect(RedisLogPayload.encoded([]).isEmpty)
        let payloads = RedisLogPayload.encoded(events)
        #expect(payloads.count == 1)
        #expect(RedisLogPayload.events(in: payloads[0]) == events)
        #expect(RedisLogPayload.events(in: RedisLogPayload.empty) == [])
        let many = (0..<2000).map {
            InvalidationEvent.key(Key([UInt8](repeating: 1, count: 1000)), below: Version(rawValue: $0))
        }
        let parts = RedisLogPayload.encoded(many)
        #expect(parts.count > 1)
        #expect(parts.allSatisfy { $0.count <= RedisLogPayload.readBytes })
        #expect(parts.flatMap { RedisLogPayload.events(in: $0) ?? [] } == many)
        for length in 0..<payloads[0].count {
            // Cut anywhere, it is either unreadable or a beginning of the events.
            if let some = RedisLogPayload.events(in: Array(payloads[0].prefix(length))) {
                #expect(events.starts(with: some))
            }
        }
    }
}
