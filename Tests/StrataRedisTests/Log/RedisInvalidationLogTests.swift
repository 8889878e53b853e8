import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisInvalidationLogTests {
    /// A process that follows the log.
    final class Subscriber: InvalidationSink {
        private let deliveries = NIOLockedValueBox<[InvalidationDelivery]>([])

        func receive(_ delivery: InvalidationDelivery, from source: String) {
            deliveries.withLockedValue { $0.append(delivery) }
        }

        var events: [InvalidationEvent] {
            deliveries.withLockedValue { deliveries in
                deliveries.flatMap { delivery -> [InvalidationEvent] in
                    if case .events(let events) = delivery { events } else { [] }
                }
            }
        }

        var discontinuities: [String] {
            deliveries.withLockedValue { deliveries in
                deliveries.compactMap { if case .discontinuity(let reason) = $0 { reason } else { nil } }
            }
        }

        var heartbeats: [Timestamp] {
            deliveries.withLockedValue { deliveries in
                deliveries.compactMap { if case .heartbeat(let time) = $0 { time } else { nil } }
            }
        }
    }

    private static let options = RedisInvalidationLog.Options(entries: 1000, poll: .milliseconds(50))

    /// Runs a body while a subscriber follows the log through a client, from the moment it is subscribed.
    private func following(
        _ client: RedisClient, options: RedisInvalidationLog.Options = RedisInvalidationLogTests.options,
        _ body: (Subscriber, RedisInvalidationLog) async throws -> Void
    ) async throws {
        let log = RedisInvalidationLog(client: client, options: options)
        let subscriber = Subscriber()
        let running = Task { try await log.run(delivering: subscriber) }
        let result: Result<Void, any Error>
        do {
            try await eventually { !subscriber.heartbeats.isEmpty }
            result = .success(try await body(subscriber, log))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = await running.result
        try result.get()
    }

    private func key(_ number: Int) -> InvalidationEvent {
        .key(Key("\(number)"), below: Version(rawValue: UInt64(number)))
    }

    @Test func twoSubscribersSeeEveryEventInOrder() async throws {
        try await withRedis { _, client in
            try await following(client) { first, log in
                try await following(client) { second, _ in
                    let events = (0..<200).map(key) + [.tag("t"), .everything]
                    for event in events { try await log.publish([event], deadline: .soon) }
                    try await log.publish(events, deadline: .soon)
                    for subscriber in [first, second] {
                        try await eventually { subscriber.events.count >= 2 * events.count }
                        #expect(subscriber.events == events + events)
                        #expect(subscriber.discontinuities == [])
                    }
                }
            }
        }
    }

    @Test func anEventArrivesInMilliseconds() async throws {
        try await withRedis { _, client in
            // With polls of ten seconds, what is seen before is seen because it was published.
            try await following(client, options: RedisInvalidationLog.Options(poll: .seconds(10))) { subscriber, log in
                var delays: [Duration] = []
                for number in 0..<20 {
                    let began = ContinuousClock.now
                    try await log.publish([key(number)], deadline: .soon)
                    try await eventually { subscriber.events.count > number }
                    delays.append(ContinuousClock.now - began)
                }
                delays.sort()
                #expect(delays[10] < .milliseconds(500))
            }
        }
    }

    @Test func heartbeatsComeByThemselvesAndSayWhenThePollWasSent() async throws {
        try await withRedis { server, client in
            try await following(client) { subscriber, _ in
                let count = subscriber.heartbeats.count
                try await eventually { subscriber.heartbeats.count > count + 5 }
                server.pause()
                let paused = TimeSource.system.now
                try await Task.sleep(for: .milliseconds(300))
                server.resume()
                let resumed = TimeSource.system.now
                try await eventually { (subscriber.heartbeats.last ?? .distantPast) > resumed }
                let during = subscriber.heartbeats.filter {
                    $0 > paused.advanced(by: .milliseconds(20)) && $0 < resumed
                }
                #expect(during.count <= 1)
                #expect(subscriber.heartbeats == subscriber.heartbeats.sorted())
            }
        }
    }

    @Test func aSubscriberThatWasCutOffCatchesUpExactly() async throws {
        try await withRedis { server, client in
            let proxy = try await FaultProxy.start(upstreamPort: server.port)
            try await withClient(port: proxy.port) { remote in
                try await following(remote) { subscriber, _ in
                    let log = RedisInvalidationLog(client: client, options: RedisInvalidationLogTests.options)
                    try await log.publish([key(1)], deadline: .soon)
                    try await eventually { subscriber.events.count == 1 }
                    await proxy.cut()
                    for number in 2..<100 { try await log.publish([key(number)], deadline: .soon) }
                    #expect(subscriber.events.count == 1)
                    proxy.restore()
                    try await eventually { subscriber.events.count == 99 }
                    #expect(subscriber.events == (1..<100).map(key))
                    #expect(subscriber.discontinuities == [])
                }
            }
            await proxy.stop()
        }
    }

    @Test func aLogThatNoLongerReachesBackIsADiscontinuity() async throws {
        try await withRedis { server, client in
            let proxy = try await FaultProxy.start(upstreamPort: server.port)
            try await withClient(port: proxy.port) { remote in
                try await following(remote) { subscriber, _ in
                    // Redis trims whole nodes, of a hundred entries each.
                    let log = RedisInvalidationLog(
                        client: client, options: RedisInvalidationLog.Options(entries: 100))
                    await proxy.cut()
                    for number in 0..<500 { try await log.publish([key(number)], deadline: .soon) }
                    proxy.restore()
                    try await eventually { subscriber.discontinuities.count == 1 }
                    let seen = subscriber.events.count
                    try await log.publish([.tag("after")], deadline: .soon)
                    try await eventually { subscriber.events.count == seen + 1 }
                    #expect(subscriber.events.last == .tag("after"))
                    #expect(subscriber.discontinuities.count == 1)
                }
            }
            await proxy.stop()
        }
    }

    @Test func aDeletedStreamIsADiscontinuityWhetherOrNotItIsMadeAgain() async throws {
        try await withRedis { _, client in
            try await following(client) { subscriber, log in
                let log2 = RedisKeyspace(prefix: [])
                for round in 1...2 {
                    _ = try await client.send(RedisCommand("DEL", log2.record("{log}")), deadline: .soon)
                    if round == 1 { try await log.publish([.tag("in the new log")], deadline: .soon) }
                    try await eventually { subscriber.discontinuities.count == round }
                    try await log.publish([key(round)], deadline: .soon)
                    try await eventually { subscriber.events.last == key(round) }
                }
                _ = try await client.send(words: "FLUSHALL")
                try await eventually { subscriber.discontinuities.count == 3 }
                try await log.publish([key(9)], deadline: .soon)
                try await eventually { subscriber.events.last == key(9) }
            }
        }
    }

    @Test func aServerThatRestartsEmptyIsADiscontinuity() async throws {
        try await withRedis { server, client in
            try await following(client) { subscriber, log in
                try await log.publish([key(1)], deadline: .soon)
                try await eventually { subscriber.events.count == 1 }
                server.kill()
                try await server.restart()
                try await eventually { subscriber.discontinuities.count == 1 }
                try await eventually {
                    do { try await log.publish([key(2)], deadline: .soon) } catch { return false }
                    return true
                }
                try await eventually { subscriber.events.last == key(2) }
            }
        }
    }

    @Test func forgedEntriesMayPurgeOnceAndNothingElse() async throws {
        try await withRedis { _, client in
            try await following(client) { subscriber, log in
                let keyspace = RedisKeyspace(prefix: [])
                try await log.publish([key(1)], deadline: .soon)
                try await eventually { subscriber.events.count == 1 }
                // First a number by the clock, as any client would add it, then garbage with the number that is due.
                for round in 1...2 {
                    let sequence = RedisCommand("HGET", keyspace.record("{log}:meta"), Array("sequence".utf8))
                    let last = try await client.send(sequence, deadline: .soon).bytes ?? []
                    let due = (Int(String(decoding: last, as: UTF8.self)) ?? 0) + 1
                    var forged = RedisCommand("XADD", keyspace.record("{log}"))
                    for word in [round == 1 ? "*" : "\(due)-0", "e", "garbage"] { forged.append(word) }
                    _ = try await client.send(forged, deadline: .soon).successful()
                    try await eventually { subscriber.discontinuities.count == round }
                    try await log.publish([key(2 * round), key(2 * round + 1)], deadline: .soon)
                    try await eventually { subscriber.events.last == key(2 * round + 1) }
                    #expect(subscriber.discontinuities.count == round)
                }
                #expect(subscriber.events == (1...5).map(key))
            }
        }
    }

    @Test func publishingWithoutAServerSaysSo() async throws {
        try await withRedis { server, client in
            server.kill()
            let log = RedisInvalidationLog(client: client)
            let error = await #expect(throws: StrataError.self) {
                try await log.publish([.everything], deadline: .soon)
            }
            #expect(error?.code == .unavailable)
            try await log.publish([], deadline: .soon)
        }
    }
}
