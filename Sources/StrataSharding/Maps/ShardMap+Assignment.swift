public import StrataCore

extension ShardMap {
    /// The first map of a set of shards: each slot goes to the first shard on the ring, from the slot's place on, that has
    /// not all its slots yet.
    ///
    /// The same shards give the same map everywhere, whatever process makes it.
    /// Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent hashing with bounded loads", 2018.
    /// - Parameters:
    ///   - shards: at least one; names differ.
    ///   - epoch: of the map.
    /// - Throws: `configuration` when the shards can't be in one map.
    public init(assigning shards: [ShardDescriptor], epoch: Epoch = Epoch(rawValue: 1)) throws(StrataError) {
        try ShardDescriptor.validate(shards)
        self.init(unchecked: epoch, shards, ShardMap.assign(shards, [Int?](repeating: nil, count: Slot.count)))
    }

    /// The next map, for other shards or other weights: as many slots as possible stay where they are.
    ///
    /// A new shard takes its share and hardly more moves; a shard that goes gives its slots to the others; when weights
    /// change, what moves is what some shard has too much.
    /// - Throws: `configuration` when the shards can't be in one map.
    public func reassigned(to shards: [ShardDescriptor]) throws(StrataError) -> ShardMap {
        try ShardDescriptor.validate(shards)
        let numbers = Dictionary(uniqueKeysWithValues: shards.enumerated().map { ($1.name, $0) })
        let kept = self.shards.map { numbers[$0.name] }
        return ShardMap(unchecked: epoch.next, shards, ShardMap.assign(shards, owners.map { kept[Int($0)] }))
    }

    /// The next map, with some slots given to another shard and nothing else changed.
    ///
    /// - Throws: `invalidArgument` when there is no shard of the name.
    public func moving(_ slots: some Sequence<Slot>, to name: ShardName) throws(StrataError) -> ShardMap {
        guard let target = index(of: name) else {
            throw StrataError(.invalidArgument, "there is no shard '\(name)' in the shard map to move slots to")
        }
        var owners = owners
        for slot in slots { owners[slot.number] = UInt16(target) }
        return ShardMap(unchecked: epoch.next, shards, owners)
    }

    /// The ring by which slots prefer shards: points by share, which only the first map follows closely; afterwards the
    /// quotas decide how many slots a shard has.
    private static func ring(of shards: [ShardDescriptor]) -> HashRing {
        let total = shards.reduce(0) { $0 + $1.weight }
        return HashRing(shards.map { ($0.name, $0.weight * shards.count * 64 / total) })
    }

    /// Brings every shard to its quota, moving no slot that could stay.
    private static func assign(_ shards: [ShardDescriptor], _ current: [Int?]) -> [UInt16] {
        let ring = ring(of: shards)
        var counts = [Int](repeating: 0, count: shards.count)
        for case let owner? in current { counts[owner] += 1 }
        let quotas = SlotQuotas.make(shards.map(\.weight), current: counts)
        var owners = current
        // Who has too many gives up slots, first those that the ring would give to a shard that has too few.
        let places = (0..<Slot.count).map { StableHash.mix(UInt64($0)) }
        let wanted = places.map { ring.owner(of: $0) }
        let lacking = counts.indices.map { counts[$0] < quotas[$0] }
        for passes in [{ lacking[wanted[$0]] }, { _ in true }] as [(Int) -> Bool] {
            for slot in 0..<Slot.count {
                guard let owner = owners[slot], counts[owner] > quotas[owner], passes(slot) else { continue }
                owners[slot] = nil
                counts[owner] -= 1
            }
        }
        for slot in 0..<Slot.count where owners[slot] == nil {
            guard let owner = ring.owner(of: places[slot], where: { counts[$0] < quotas[$0] }) else {
                preconditionFailure("slot \(slot) is left when every shard has its quota")
            }
            owners[slot] = owner
            counts[owner] += 1
        }
        return owners.map { UInt16($0 ?? 0) }
    }
}

extension Epoch {
    /// The epoch after this one.
    public var next: Epoch { Epoch(rawValue: rawValue + 1) }
}
