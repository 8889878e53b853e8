import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

/// Reads of a real streaming replica. That it answered is seen by what it does not know yet.
@Suite struct ReplicaTests {
    @Test func answersWhatMayBeOldAndNothingThatIsKnownToBe() async throws {
        try await withReplica(bound: .seconds(30)) { fixture in
            for key in ["a", "b", "c", "d", "e", "f"] { try await fixture.putUnheard(Key(key), "old") }
            try await fixture.beat()
            try await fixture.setReplaying(false)
            var versions: [String: Version] = [:]
            for key in ["a", "b", "c", "d", "e", "f", "added"] {
                versions[key] = try await fixture.putUnheard(Key(key), "new").version
            }
            #expect(try await fixture.text("a") == "old", "the replica was not asked")
            #expect(try await fixture.text("added") == nil)
            // Asked for more: by the call, by its version, or because of what this process knows.
            #expect(try await fixture.text("a", .strong) == "new")
            #expect(try await fixture.text("a") == "new", "a read went back behind one before it")
            let version = try #require(versions["b"])
            #expect(try await fixture.text("b", .atLeast(version)) == "new")
            #expect(try await fixture.text("b", .atLeast(Version(rawValue: 1))) == "old")
            let added = try await fixture.text("added", .atLeast(Version(rawValue: 1)))
            #expect(added == "new", "an absence has no version")
            _ = await fixture.shard.apply([Mutation(.put(Array("own".utf8)), key: "c")], context: .patient)
            #expect(try await fixture.text("c") == "own")
            _ = try await fixture.shard.applyAtomically([Mutation(.delete, key: "d")], context: .patient)
            #expect(try await fixture.text("d") == nil)
            // A read of several keys is answered in parts.
            let both = await fixture.shard.read(["c", "e"], context: .cached).map { try? $0.get().bytes }
            #expect(both == [Array("own".utf8), Array("old".utf8)])
            let source = FloorRaisingSource(
                SourceDouble([.key("e", below: versions["e"] ?? .zero)]), fixture.shard.floors)
            try await source.run(delivering: SinkDouble())
            #expect(try await fixture.text("e") == "new", "another process' write was heard of")
            #expect(try await fixture.text("f") == "old")
            _ = try await fixture.shard.invalidate(Tag("any"), context: .patient)
            #expect(try await fixture.text("f") == "new", "what is behind a tag's invalidation may be anything")
        }
    }

    /// One writer counts, the replica is stopped and let go on at random: no read may be older than the bound.
    @Test func neverAnswersWhatIsOlderThanTheBound() async throws {
        let bound = Duration.milliseconds(400)
        try await withReplica(bound: bound) { fixture in
            try await fixture.putUnheard("n", "0")
            try await fixture.beat()
            let acknowledged = NIOLockedValueBox([(0, ContinuousClock.now)])
            let end = ContinuousClock.now + .seconds(4)
            let wasBehind = NIOLockedValueBox(false)
            // On a busy machine it takes longer until the replica is asked at a moment that tells something.
            @Sendable func goesOn() -> Bool {
                let now = ContinuousClock.now
                return now < end || (!wasBehind.withLockedValue { $0 } && now < end + .seconds(30))
            }
            let (reads, behind, tooOld) = try await withThrowingTaskGroup(of: (Int, Int, Int).self) { group in
                group.addTask {
                    var number = 0
                    while goesOn() {
                        number += 1
                        try await fixture.putUnheard("n", "\(number)")
                        acknowledged.withLockedValue { $0.append((number, .now)) }
                    }
                    return (0, 0, 0)
                }
                group.addTask {
                    while goesOn() {
                        try await fixture.setReplaying(false)
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...800)))
                        try await fixture.setReplaying(true)
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...200)))
                    }
                    return (0, 0, 0)
                }
                for _ in 0..<2 {
                    group.addTask {
                        var counts = (0, 0, 0)
                        while goesOn() {
                            let began = ContinuousClock.now
                            let (latest, oldest) = acknowledged.withLockedValue { list in
                                (list.last?.0 ?? 0, list.last { $0.1 < began - bound }?.0 ?? 0)
                            }
                            let found = try await fixture.text("n").flatMap { Int($0) } ?? -1
                            counts.0 += 1
                            counts.1 += found < latest ? 1 : 0
                            if found < latest { wasBehind.withLockedValue { $0 = true } }
                            counts.2 += found < oldest ? 1 : 0
                        }
                        return counts
                    }
                }
                return try await group.reduce((0, 0, 0)) { ($0.0 + $1.0, $0.1 + $1.1, $0.2 + $1.2) }
            }
            try await fixture.setReplaying(true)
            print("measured: \(reads) reads over a lagging replica, \(behind) behind, \(tooOld) beyond \(bound)")
            #expect(behind > 0, "the replica was never asked")
            #expect(tooOld == 0)
        }
    }

    @Test func aStoppedOrDeadReplicaFailsNothingAndSlowsLittle() async throws {
        let patience = Duration.milliseconds(300)
        try await withReplica(bound: .seconds(3), patience: patience) { fixture in
            try await fixture.putUnheard("a", "1")
            try await fixture.beat()
            #expect(try await fixture.text("a") == "1")
            func slowReads(of count: Int) async throws -> Int {
                var slow = 0
                for _ in 0..<count {
                    let began = ContinuousClock.now
                    #expect(try await fixture.text("a") == "1")
                    let took = ContinuousClock.now - began
                    if took >= patience / 2 { slow += 1 }
                }
                return slow
            }
            fixture.replica.pause()
            let whileStopped = try await slowReads(of: 200)
            #expect(whileStopped <= 10, "\(whileStopped) of 200 reads waited for a stopped replica")
            fixture.replica.kill()
            let whileDead = try await slowReads(of: 200)
            #expect(whileDead <= 10, "\(whileDead) of 200 reads waited for a dead replica")
            #expect(await fixture.shard.health(context: .patient).map(\.isDown) == [false])
            try await fixture.replica.restart()
            try await eventually(within: .seconds(60)) { try await fixture.isReplicaAsked() }
        }
    }

    /// A replica that became a primary of its own has the same positions in its log and other contents.
    @Test func aReplicaOfAnotherHistoryIsPassedOver() async throws {
        let bound = Duration.milliseconds(500)
        try await withReplica(bound: bound) { fixture in
            try await fixture.putUnheard("a", "old")
            try await fixture.beat()
            try await fixture.replica.promote()
            // Somebody goes on to use it as the primary, heartbeats included.
            for mark in 0..<20 { try await fixture.replica.runSQL("SELECT strata.beat(\(mark), 0)") }
            try await fixture.putUnheard("a", "new")
            let written = ContinuousClock.now
            try await eventually { try await fixture.text("a") == "new" }
            #expect(ContinuousClock.now - written < bound + .seconds(5))
            for mark in 20..<25 {
                try await fixture.replica.runSQL("SELECT strata.beat(\(mark), 0)")
                await fixture.shard.beat()
                #expect(try await fixture.text("a") == "new")
            }
        }
    }
}

extension StoreContext {
    static var cached: StoreContext { StoreContext(deadline: .now + .seconds(30), freshness: .cached) }
}

private struct SourceDouble: InvalidationSource {
    let events: [InvalidationEvent]
    let name = "double"

    init(_ events: [InvalidationEvent]) { self.events = events }

    func publish(_ events: [InvalidationEvent], deadline: ContinuousClock.Instant) async throws(StrataError) {}
    func health(deadline: ContinuousClock.Instant) async -> ServerHealth { ServerHealth(name) }
    func run(delivering sink: any InvalidationSink) async throws { sink.receive(.events(events), from: name) }
}

private struct SinkDouble: InvalidationSink {
    func receive(_ delivery: InvalidationDelivery, from source: String) {}
}
