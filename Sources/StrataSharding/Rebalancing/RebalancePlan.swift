public import StrataCore

/// One slot that changes its shard.
public struct SlotMove: Hashable, Sendable {
    /// The slot.
    public var slot: Slot
    /// Who has it.
    public var source: ShardName
    /// Who gets it.
    public var target: ShardName

    public init(slot: Slot, source: ShardName, target: ShardName) {
        self.slot = slot
        self.source = source
        self.target = target
    }
}

/// What has to move to get from one shard map to another.
public struct RebalancePlan: Hashable, Sendable {
    /// The moves, ordered by source, target and slot, so that those of one pair of shards follow each other.
    public let moves: [SlotMove]

    /// The plan from one map to another. Complexity: O(slots).
    public init(from old: ShardMap, to new: ShardMap) {
        let stays = old.shards.map { new.index(of: $0.name) }
        moves = (0..<Slot.count).map { Slot($0) }.filter { slot in
            stays[old.shardIndex(of: slot)] != new.shardIndex(of: slot)
        }.map { slot in
            SlotMove(slot: slot, source: old[slot].name, target: new[slot].name)
        }.sorted { ($0.source, $0.target, $0.slot) < ($1.source, $1.target, $1.slot) }
    }

    /// Whether nothing has to move.
    public var isEmpty: Bool { moves.isEmpty }

    /// The moves in portions of one source and target each, to be cut over one portion at a time.
    ///
    /// - Parameter size: the most slots of a portion, at least 1.
    public func portions(of size: Int) -> [[SlotMove]] {
        var portions: [[SlotMove]] = []
        for move in moves {
            if let last = portions.last, last.count < max(size, 1), last[0].source == move.source,
                last[0].target == move.target
            {
                portions[portions.count - 1].append(move)
            } else {
                portions.append([move])
            }
        }
        return portions
    }

    /// How many slots each shard gives away and gets, by name; shards with neither are left out.
    public var traffic: [ShardName: (given: Int, taken: Int)] {
        moves.reduce(into: [:]) { traffic, move in
            traffic[move.source, default: (0, 0)].given += 1
            traffic[move.target, default: (0, 0)].taken += 1
        }
    }
}
