/// The memory of what was evicted: for each key its last use and when it left, in eight bytes and without the key.
///
/// Buckets of eight ghosts; a new one takes the place of the one in its bucket that was used the longest ago. There is a
/// bucket for every eight ghosts asked for, and one bucket is added at a time: the address of a hash is its lowest bits,
/// one more of them below the number of buckets, so that adding a bucket changes no address but those that lead to it.
/// What they led to before is not moved: tables grow while a cache fills, and then there is nothing to move.
///
/// A ghost is recognised by sixteen bits of the hash beside its address, which takes one key in some thousands for
/// another. Nothing depends on it but the order of evictions.
/// Source: Litwin, "Linear hashing: a new tool for file and table addressing", 1980.
struct GhostTable: ~Copyable {
    /// What is known of an evicted entry.
    struct Ghost: Equatable {
        /// The policy's clock at its last use.
        var lastUse: UInt32
        /// The lowest bits of the eviction counter when it left.
        var departure: UInt16
    }

    static let ways = 8

    /// The mark, the departure and the last use, from the highest bits on; 0 for none.
    private var words = CellArray<UInt64>(filler: 0)
    private var addresses = LinearAddressing()
    var bucketCount: Int { addresses.count }

    /// For how many ghosts there is room.
    var capacity: Int { bucketCount * GhostTable.ways }

    /// How much memory they take.
    var bytes: Int { capacity * MemoryLayout<UInt64>.size }

    /// Makes room for as many ghosts. Complexity: O(1) for one more than before.
    mutating func grow(toHold ghosts: Int) {
        let buckets = min((ghosts + GhostTable.ways - 1) / GhostTable.ways, Int(CellIndex.max) / GhostTable.ways)
        guard buckets > bucketCount else { return }
        words.grow(toHold: CellIndex(buckets * GhostTable.ways - 1))
        addresses.grow(to: buckets)
    }

    /// Remembers an eviction.
    ///
    /// - Parameter clock: the policy's clock, to tell which of the bucket's ghosts is the oldest.
    mutating func add(_ ghost: Ghost, hash: UInt32, clock: UInt32) {
        guard bucketCount > 0 else { return }
        let bucket = bucket(of: hash)
        var oldest = 0
        var greatestAge: UInt32 = 0
        for way in 0..<GhostTable.ways {
            let word = bucket[way]
            if word == 0 {
                oldest = way
                break
            }
            let age = clock &- UInt32(truncatingIfNeeded: word)
            if age >= greatestAge {
                oldest = way
                greatestAge = age
            }
        }
        bucket[oldest] = GhostTable.mark(of: hash) | UInt64(ghost.departure) << 32 | UInt64(ghost.lastUse)
    }

    /// The ghost of a key, which is forgotten with that; nil when there is none.
    mutating func take(_ hash: UInt32) -> Ghost? {
        guard bucketCount > 0 else { return nil }
        let bucket = bucket(of: hash)
        for way in 0..<GhostTable.ways where bucket[way] != 0 {
            let word = bucket[way]
            guard word & (0xFFFF << 48) == GhostTable.mark(of: hash) else { continue }
            bucket[way] = 0
            return Ghost(
                lastUse: UInt32(truncatingIfNeeded: word), departure: UInt16(truncatingIfNeeded: word &>> 32))
        }
        return nil
    }

    private func bucket(of hash: UInt32) -> UnsafeMutablePointer<UInt64> {
        words.pointer(to: CellIndex(addresses.address(hash) * GhostTable.ways))
    }

    @inline(__always)
    private static func mark(of hash: UInt32) -> UInt64 { UInt64(hash &>> 16) << 48 }
}
