public import StrataCore

/// Which shard owns which slot, as of an epoch: an immutable value, looked up by one array index.
public struct ShardMap: Hashable, Sendable {
    /// The version of the assignment; each map made from another has the next one.
    public let epoch: Epoch
    /// The shards, also those without a slot.
    public let shards: [ShardDescriptor]
    /// The number of each slot's shard in `shards`.
    let owners: [UInt16]

    /// A map of known parts.
    ///
    /// - Throws: `configuration` when the shards can't be in one map; `corrupt` when the owners are not 16,384 numbers of
    ///   shards.
    public init(epoch: Epoch, shards: [ShardDescriptor], owners: [UInt16]) throws(StrataError) {
        try ShardDescriptor.validate(shards)
        guard owners.count == Slot.count, owners.allSatisfy({ $0 < shards.count }) else {
            throw StrataError(
                .corrupt,
                "a shard map of epoch \(epoch.rawValue) does not assign each of \(Slot.count) slots to a shard")
        }
        self.init(unchecked: epoch, shards, owners)
    }

    init(unchecked epoch: Epoch, _ shards: [ShardDescriptor], _ owners: [UInt16]) {
        self.epoch = epoch
        self.shards = shards
        self.owners = owners
    }

    /// The number of a slot's shard in `shards`. Complexity: O(1).
    public func shardIndex(of slot: Slot) -> Int {
        Int(owners[slot.number])
    }

    /// The shard of a slot. Complexity: O(1).
    public subscript(slot: Slot) -> ShardDescriptor {
        shards[shardIndex(of: slot)]
    }

    /// The shard of a key. Complexity: O(length of the key).
    public func shard(of key: Key) -> ShardDescriptor {
        self[Slot(of: key)]
    }

    /// The number of a shard in `shards`; nil when there is none of the name.
    public func index(of name: ShardName) -> Int? {
        shards.firstIndex { $0.name == name }
    }

    /// The slots of a shard, in order; none when there is no shard of the name. Complexity: O(slots).
    public func slots(of name: ShardName) -> [Slot] {
        guard let index = index(of: name) else { return [] }
        return owners.indices.filter { Int(owners[$0]) == index }.map { Slot($0) }
    }

    /// How many slots each shard has, in the order of `shards`. Complexity: O(slots).
    public var slotCounts: [Int] {
        owners.reduce(into: [Int](repeating: 0, count: shards.count)) { $0[Int($1)] += 1 }
    }

    /// The share of the slots that a shard's weight gives it, not rounded.
    ///
    /// - Parameter index: its number in `shards`.
    public func fairShare(of index: Int) -> Double {
        Double(Slot.count) * Double(shards[index].weight) / Double(shards.reduce(0) { $0 + $1.weight })
    }
}
