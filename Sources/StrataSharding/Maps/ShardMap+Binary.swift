public import StrataCore

// Version 1, numbers with the most significant byte first: "SMAP", the format's version (1 byte), epoch (8), number of
// shards (2); per shard the name's length (1), name, weight (4); runs of slots until all are assigned: shard (2), length (2);
// at last a checksum of all before (8).
extension ShardMap {
    private static let magic: [UInt8] = Array("SMAP".utf8)
    private static let formatVersion: UInt8 = 1

    /// The map as bytes for a catalog: some kilobytes at most, read back by `init(encoded:)` of any version.
    public var encoded: [UInt8] {
        var bytes = ShardMap.magic + [ShardMap.formatVersion]
        bytes.appendBigEndian(epoch.rawValue)
        bytes.appendBigEndian(UInt16(shards.count))
        for shard in shards {
            bytes.append(UInt8(shard.name.utf8.count))
            bytes += Array(shard.name.utf8)
            bytes.appendBigEndian(UInt32(shard.weight))
        }
        for run in runs {
            bytes.appendBigEndian(UInt16(run.owner))
            bytes.appendBigEndian(UInt16(run.slots.count))
        }
        bytes.appendBigEndian(StableHash.hash(bytes))
        return bytes
    }

    /// The map that was encoded.
    ///
    /// - Throws: `corrupt` when the bytes are no map, were cut or changed; `incompatible` when a newer version wrote them.
    public init(encoded bytes: [UInt8]) throws(StrataError) {
        guard bytes.count > 8, bytes.starts(with: ShardMap.magic) else { throw ShardMap.corrupt("they are none") }
        guard bytes[4] == ShardMap.formatVersion else {
            throw StrataError(
                .incompatible,
                "the stored shard map has format \(bytes[4]), which a newer version wrote; update this one")
        }
        let checksum = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard StableHash.hash(bytes.dropLast(8)) == checksum else { throw ShardMap.corrupt("their checksum is wrong") }
        let parts: (Epoch, [ShardDescriptor], [UInt16])? = bytes.withUnsafeBytes { bytes in
            var reader = BigEndianReader(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(5).dropLast(8)))
            return ShardMap.parse(&reader)
        }
        guard let (epoch, shards, owners) = parts else { throw ShardMap.corrupt("they are cut short") }
        try self.init(epoch: epoch, shards: shards, owners: owners)
    }

    private static func parse(_ reader: inout BigEndianReader) -> (Epoch, [ShardDescriptor], [UInt16])? {
        guard let epoch: UInt64 = reader.integer(), let count: UInt16 = reader.integer() else { return nil }
        var shards: [ShardDescriptor] = []
        for _ in 0..<count {
            guard let length: UInt8 = reader.integer(), let name = reader.bytes(Int(length)),
                let weight: UInt32 = reader.integer()
            else { return nil }
            shards.append(ShardDescriptor(name: String(decoding: name, as: UTF8.self), weight: Int(weight)))
        }
        var owners: [UInt16] = []
        while owners.count < Slot.count {
            guard let owner: UInt16 = reader.integer(), let length: UInt16 = reader.integer(), length > 0 else {
                return nil
            }
            owners += [UInt16](repeating: owner, count: Int(length))
        }
        return reader.rest.isEmpty ? (Epoch(rawValue: epoch), shards, owners) : nil
    }

    /// The slots in order, cut where the owner changes.
    var runs: [(owner: Int, slots: Range<Int>)] {
        var runs: [(owner: Int, slots: Range<Int>)] = []
        for (slot, owner) in owners.enumerated() {
            if let last = runs.last, last.owner == Int(owner) {
                runs[runs.count - 1].slots = last.slots.lowerBound..<(slot + 1)
            } else {
                runs.append((Int(owner), slot..<(slot + 1)))
            }
        }
        return runs
    }

    private static func corrupt(_ reason: String) -> StrataError {
        StrataError(
            .corrupt, "the bytes stored as shard map are unusable: \(reason); restore the catalog's row from a backup")
    }
}
