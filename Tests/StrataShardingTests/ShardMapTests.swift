import Foundation
import StrataCore
import StrataSharding
import StrataTestSupport
import Testing

@Suite struct ShardMapTests {
    /// One per cent of the slots, the play that movement has beside what must move.
    private static let play = Slot.count / 100

    /// Shard counts from 1 to 64, each with equal, mild and extreme weights, and the first maps of them.
    private static let firstMaps: [ShardMap] = {
        var generator = SeededGenerator(seed: 21)
        return [1, 2, 3, 4, 5, 7, 8, 13, 21, 32, 47, 63, 64].flatMap { count in
            [1...1, 1...4, 1...1000].compactMap { weights in
                try? ShardMap(
                    assigning: (0..<count).map { number in
                        ShardDescriptor(name: "shard-\(number)", weight: .random(in: weights, using: &generator))
                    })
            }
        }
    }()

    private func expectBalance(_ map: ShardMap, _ comment: Comment) {
        for (index, count) in map.slotCounts.enumerated() where Double(count) > map.fairShare(of: index) * 1.05 {
            Issue.record("\(map.shards[index].name) has \(count) of \(map.fairShare(of: index)) slots, \(comment)")
        }
    }

    private func moved(_ old: ShardMap, _ new: ShardMap) -> Int { RebalancePlan(from: old, to: new).moves.count }

    @Test func noShardIsMoreThanFivePerCentAboveItsShare() throws {
        #expect(ShardMapTests.firstMaps.count == 39)
        for map in ShardMapTests.firstMaps {
            expectBalance(map, "\(map.shards.count) shards")
            #expect(map.slotCounts.reduce(0, +) == Slot.count)
            for (index, count) in map.slotCounts.enumerated() {
                #expect(Double(count) > map.fairShare(of: index) - 1)
            }
        }
    }

    @Test func addingAShardMovesNoMoreThanItsShareAndOnePerCent() throws {
        var generator = SeededGenerator(seed: 22)
        for old in ShardMapTests.firstMaps {
            let shards = old.shards
            let added = ShardDescriptor(name: "new", weight: .random(in: 1...(shards[0].weight * 2), using: &generator))
            let new = try old.reassigned(to: shards + [added])
            #expect(Double(moved(old, new)) <= new.fairShare(of: shards.count) + Double(ShardMapTests.play))
            #expect(new.epoch == old.epoch.next)
            expectBalance(new, "one added to \(shards.count)")
        }
    }

    @Test func removingAShardMovesLittleMoreThanItsSlots() throws {
        var generator = SeededGenerator(seed: 23)
        for old in ShardMapTests.firstMaps where old.shards.count > 1 {
            let shards = old.shards
            let gone = Int.random(in: shards.indices, using: &generator)
            var left = shards
            left.remove(at: gone)
            let new = try old.reassigned(to: left.shuffled(using: &generator))
            #expect(moved(old, new) <= old.slotCounts[gone] + ShardMapTests.play)
            expectBalance(new, "one removed of \(shards.count)")
        }
    }

    @Test func changingAWeightMovesLittleMoreThanTheDifference() throws {
        var generator = SeededGenerator(seed: 24)
        for old in ShardMapTests.firstMaps {
            let shards = old.shards
            var changed = shards
            let index = Int.random(in: shards.indices, using: &generator)
            changed[index].weight = .random(in: 1...1000, using: &generator)
            let new = try old.reassigned(to: changed)
            let difference = abs(new.fairShare(of: index) - old.fairShare(of: index))
            #expect(Double(moved(old, new)) <= difference + Double(ShardMapTests.play))
            expectBalance(new, "a weight of \(shards.count) changed")
        }
    }

    @Test func boundsHoldThroughALongHistory() throws {
        var generator = SeededGenerator(seed: 25)
        var map = try ShardMap(assigning: [ShardDescriptor(name: "first")])
        for step in 0..<100 {
            var shards = map.shards
            if shards.count < 2 || (shards.count < 40 && Bool.random(using: &generator)) {
                shards.append(ShardDescriptor(name: "added-\(step)", weight: .random(in: 1...8, using: &generator)))
            } else {
                shards.remove(at: .random(in: shards.indices, using: &generator))
            }
            let next = try map.reassigned(to: shards)
            let kept = Set(map.shards.map(\.name)).intersection(shards.map(\.name))
            let due: Double =
                shards.count > map.shards.count
                ? next.fairShare(of: shards.count - 1)
                : Double(
                    map.shards.indices.filter { !kept.contains(map.shards[$0].name) }
                        .reduce(0) { $0 + map.slotCounts[$1] })
            #expect(Double(moved(map, next)) <= due + Double(ShardMapTests.play))
            expectBalance(next, "step \(step)")
            map = next
        }
        #expect(map.epoch == Epoch(rawValue: 101))
    }

    @Test func nothingMovesWithoutAReason() throws {
        for map in ShardMapTests.firstMaps {
            #expect(moved(map, try map.reassigned(to: map.shards.reversed())) == 0)
            #expect(try ShardMap(assigning: map.shards) == map)
        }
    }

    @Test(arguments: [200, 1024])
    func veryManyShardsAreDealtWholeSlots(count: Int) throws {
        let map = try ShardMap(assigning: (0..<count).map { ShardDescriptor(name: "s\($0)", weight: 1 + $0 % 3) })
        for (index, slots) in map.slotCounts.enumerated() {
            #expect(Double(slots) <= max(map.fairShare(of: index) * 1.05, map.fairShare(of: index).rounded(.up)))
        }
    }

    @Test func impossibleShardsAreRefused() {
        let sets: [[ShardDescriptor]] = [
            [], [ShardDescriptor(name: "")], [ShardDescriptor(name: "a"), ShardDescriptor(name: "a")],
            [ShardDescriptor(name: "a", weight: 0)], [ShardDescriptor(name: "a", weight: -1)],
            [ShardDescriptor(name: "a", weight: .max)], [ShardDescriptor(name: String(repeating: "a", count: 256))],
            (0...1024).map { ShardDescriptor(name: "s\($0)") },
        ]
        for shards in sets {
            let error = #expect(throws: StrataError.self) { try ShardMap(assigning: shards) }
            #expect(error?.code == .configuration)
        }
    }

    @Test func keysOfOneHashTagShareAShard() throws {
        let map = try ShardMap(assigning: (0..<5).map { ShardDescriptor(name: "s\($0)") })
        #expect(map.shard(of: "{user1000}.following") == map.shard(of: "{user1000}.followers"))
        #expect(map.shard(of: "user1000") == map[Slot(3443)])
        let own = map.slots(of: "s3")
        #expect(own.count == map.slotCounts[3])
        #expect(own.allSatisfy { map[$0].name == "s3" })
        #expect(map.slots(of: "other") == [])
    }

    @Test func slotsMoveOneByOne() throws {
        let old = try ShardMap(assigning: [ShardDescriptor(name: "a"), ShardDescriptor(name: "b")])
        let slots = Array(old.slots(of: "a").prefix(10))
        let new = try old.moving(slots, to: "b")
        let plan = RebalancePlan(from: old, to: new)
        #expect(plan.moves == slots.map { SlotMove(slot: $0, source: "a", target: "b") })
        #expect(plan.portions(of: 4).map(\.count) == [4, 4, 2])
        #expect(plan.traffic["a"]?.given == 10)
        #expect(plan.traffic["b"]?.taken == 10)
        #expect(RebalancePlan(from: old, to: old).isEmpty)
        #expect(throws: StrataError.self) { try old.moving(slots, to: "c") }
    }

    @Test func portionsHaveOneSourceAndTarget() throws {
        let old = try ShardMap(assigning: (0..<4).map { ShardDescriptor(name: "s\($0)") })
        let new = try old.reassigned(to: (2..<6).map { ShardDescriptor(name: "s\($0)") })
        let plan = RebalancePlan(from: old, to: new)
        let portions = plan.portions(of: 100)
        #expect(portions.flatMap { $0 } == plan.moves)
        for portion in portions {
            #expect(portion.count <= 100)
            #expect(Set(portion.map { [$0.source, $0.target] }).count == 1)
        }
        // Applied one by one, they lead from the old map to the new one's assignment.
        var owners = (0..<Slot.count).map { old[Slot($0)].name }
        for move in plan.moves { owners[move.slot.number] = move.target }
        #expect(owners == (0..<Slot.count).map { new[Slot($0)].name })
    }
}
