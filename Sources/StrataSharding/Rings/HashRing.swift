/// A consistent-hash ring: each shard at many points of a circle, a position belongs to the first point at or after it.
///
/// Invariant: points are sorted by position, then by the shard's name, so that the order in which shards are listed does
/// not matter.
/// Source: Karger et al., "Consistent hashing and random trees", 1997.
public struct HashRing: Sendable {
    private let positions: [UInt64]
    private let owners: [Int32]
    /// How many shards the ring was made of.
    public let shardCount: Int

    /// The most points a shard has; what its weight would give it beyond them is cut.
    public static let maximumPointsPerShard = 65_536

    /// The ring of shards. Complexity: O(p log p) for p points in all.
    ///
    /// A shard's points depend on itself alone, so that adding or removing another moves no key but that one's.
    /// - Parameters:
    ///   - shards: not empty, with weights above 0; else it traps.
    ///   - pointsPerWeight: how many points a shard of weight 1 has, at least 1; more make shares more even.
    public init(_ shards: [ShardDescriptor], pointsPerWeight: Int = 160) {
        precondition(shards.allSatisfy { $0.weight > 0 } && pointsPerWeight > 0, "a shard on a ring needs a point")
        let limit = HashRing.maximumPointsPerShard
        self.init(shards.map { ($0.name, min($0.weight, limit) * min(pointsPerWeight, limit)) })
    }

    /// The ring of nodes with so many points each; from 1 to `maximumPointsPerShard` are used.
    init(_ nodes: [(name: ShardName, points: Int)]) {
        precondition(!nodes.isEmpty, "a ring needs a shard")
        var points: [(position: UInt64, owner: Int)] = []
        for (index, node) in nodes.enumerated() {
            let count = min(max(node.points, 1), HashRing.maximumPointsPerShard)
            let seed = StableHash.hash(node.name)
            points += (0..<count).map { (StableHash.mix(seed ^ StableHash.mix(UInt64($0))), index) }
        }
        points.sort { left, right in
            left.position != right.position
                ? left.position < right.position : nodes[left.owner].name < nodes[right.owner].name
        }
        positions = points.map(\.position)
        owners = points.map { Int32($0.owner) }
        shardCount = nodes.count
    }

    /// The number, in the list the ring was made from, of the shard that a position belongs to.
    ///
    /// Complexity: O(log p).
    public func owner(of position: UInt64) -> Int {
        Int(owners[firstPoint(from: position)])
    }

    /// The first shard at or after a position that satisfies a condition; nil when none does.
    ///
    /// Complexity: O(log p) and the points passed over.
    public func owner(of position: UInt64, where isSuitable: (Int) -> Bool) -> Int? {
        let first = firstPoint(from: position)
        for step in 0..<owners.count {
            let owner = Int(owners[(first + step) % owners.count])
            if isSuitable(owner) { return owner }
        }
        return nil
    }

    private func firstPoint(from position: UInt64) -> Int {
        var (low, high) = (0, positions.count)
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] < position { low = middle + 1 } else { high = middle }
        }
        return low == positions.count ? 0 : low
    }
}
