import StrataCore
import Testing

@testable import StrataSharding

@Suite struct RingTests {
    private let nodes = (0..<10).map { ShardDescriptor(name: "node-\($0)", weight: $0 % 2 + 1) }

    private func expectShares(_ counts: [Int], _ weights: [Int], within play: Double) {
        let (keys, total) = (counts.reduce(0, +), weights.reduce(0, +))
        for (count, weight) in zip(counts, weights) {
            let share = Double(keys) * Double(weight) / Double(total)
            #expect(abs(Double(count) - share) <= share * play, "\(count) of \(share)")
        }
    }

    @Test func ringFollowsWeightsAndMovesLittle() {
        let ring = HashRing(nodes)
        let fewer = HashRing(Array(nodes.dropLast()))
        var counts = [Int](repeating: 0, count: nodes.count)
        var movedNeedlessly = 0
        for key in UInt64(0)..<100_000 {
            let position = StableHash.mix(key)
            let owner = ring.owner(of: position)
            counts[owner] += 1
            // Without the last node only its keys move.
            if owner < 9, fewer.owner(of: position) != owner { movedNeedlessly += 1 }
        }
        #expect(movedNeedlessly == 0)
        expectShares(counts, nodes.map(\.weight), within: 0.35)
        #expect(ring.owner(of: .max) == ring.owner(of: 0))
        #expect(ring.owner(of: 5) { $0 == 7 } == 7)
        #expect(ring.owner(of: 5) { _ in false } == nil)
    }

    @Test func jumpHashHasItsKnownValues() {
        let known: [(UInt64, Int, Int)] = [
            (1, 1, 0), (42, 57, 43), (0xDEAD_10CC, 1, 0), (0xDEAD_10CC, 666, 361), (256, 1024, 520),
        ]
        for (key, buckets, bucket) in known { #expect(JumpHash.bucket(key, of: buckets) == bucket) }
    }

    @Test func jumpHashMovesOnlyToTheNewBucket() {
        var counts = [Int](repeating: 0, count: 8)
        var movedNeedlessly = 0
        for key in UInt64(0)..<40_000 {
            let hash = StableHash.mix(key)
            let (old, new) = (JumpHash.bucket(hash, of: 7), JumpHash.bucket(hash, of: 8))
            if new != old, new != 7 { movedNeedlessly += 1 }
            counts[new] += 1
        }
        #expect(movedNeedlessly == 0)
        expectShares(counts, [Int](repeating: 1, count: 8), within: 0.06)
    }

    @Test func rendezvousFollowsWeightsAndMovesOnlyWhatIsLost() {
        let all = Rendezvous(nodes)
        let fewer = Rendezvous(Array(nodes.dropLast()))
        var heavier = nodes
        heavier[0].weight = 3
        let changed = Rendezvous(heavier)
        var movedNeedlessly = 0
        var counts = [Int](repeating: 0, count: nodes.count)
        for key in UInt64(0)..<50_000 {
            let node = all.node(of: StableHash.mix(key))
            counts[node] += 1
            if node < 9, fewer.node(of: StableHash.mix(key)) != node { movedNeedlessly += 1 }
            let after = changed.node(of: StableHash.mix(key))
            if after != node, after != 0 { movedNeedlessly += 1 }
            if key < 1000 {
                let order = all.nodes(of: StableHash.mix(key))
                #expect(order[0] == node)
                #expect(order.sorted() == Array(nodes.indices))
                if node == 9 { #expect(fewer.node(of: StableHash.mix(key)) == order[1]) }
            }
        }
        #expect(movedNeedlessly == 0)
        expectShares(counts, nodes.map(\.weight), within: 0.06)
    }

    /// The test suite of RFC 1321, appendix A.5.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f"
        ),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ])
    func md5IsThatOfTheRFC(message: String, digest: String) {
        let found = MD5.digest(Array(message.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(found == digest)
    }
}
