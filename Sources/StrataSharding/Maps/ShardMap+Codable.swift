import StrataCore

/// As text for people and tools: the shards with their slots as ranges, such as `"0-5460,10923"`.
extension ShardMap: Codable {
    private enum CodingKeys: CodingKey {
        case epoch, shards
    }

    private struct CodedShard: Codable {
        var name: String
        var weight: Int
        var slots: String
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(epoch.rawValue, forKey: .epoch)
        let runs = Dictionary(grouping: runs, by: \.owner)
        try container.encode(
            shards.enumerated().map { index, shard in
                let ranges = runs[index, default: []].map { run in
                    run.slots.count == 1
                        ? "\(run.slots.lowerBound)" : "\(run.slots.lowerBound)-\(run.slots.upperBound - 1)"
                }
                return CodedShard(name: shard.name, weight: shard.weight, slots: ranges.joined(separator: ","))
            }, forKey: .shards)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let epoch = try container.decode(UInt64.self, forKey: .epoch)
        let shards = try container.decode([CodedShard].self, forKey: .shards)
        func corrupt(_ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: .shards, in: container, debugDescription: reason)
        }
        var owners = [UInt16?](repeating: nil, count: Slot.count)
        for (index, shard) in shards.enumerated() {
            for range in shard.slots.split(separator: ",") {
                let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
                guard (1...2).contains(ends.count), case let first?? = ends.first, case let last?? = ends.last,
                    first >= 0, first <= last, last < Slot.count
                else { throw corrupt("'\(range)' is no range of slots") }
                for slot in first...last {
                    guard owners[slot] == nil else { throw corrupt("slot \(slot) has two shards") }
                    owners[slot] = UInt16(truncatingIfNeeded: index)
                }
            }
        }
        if let slot = owners.firstIndex(of: nil) { throw corrupt("slot \(slot) has no shard") }
        try self.init(
            epoch: Epoch(rawValue: epoch), shards: shards.map { ShardDescriptor(name: $0.name, weight: $0.weight) },
            owners: owners.compactMap { $0 })
    }
}
