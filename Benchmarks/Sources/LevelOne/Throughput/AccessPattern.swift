import LoadDriver

/// The accesses of one thread, drawn beforehand so that drawing them is not measured: a key's number, and in the highest
/// bit whether it is written.
struct AccessPattern {
    static let writeBit: UInt32 = 1 << 31
    /// How many accesses pass between two looks at the clock; the length of every pattern is a multiple of it.
    static let batch = 1024

    let accesses: [UInt32]

    /// - Parameters:
    ///   - keys: how many keys there are, below 2³¹.
    ///   - writePercent: how many of a hundred accesses write.
    init(keys: Int, theta: Double, writePercent: Double, seed: UInt64) {
        let distribution = ZipfianDistribution(count: keys, theta: theta)
        var generator = SplitMix64(seed: seed)
        // Long enough that a pattern which repeats itself still asks for the tail of the distribution.
        let length = min(1 << 23, max(1 << 20, keys * 4)) / AccessPattern.batch * AccessPattern.batch
        accesses = (0..<length).map { _ in
            let key = AccessPattern.key(ofRank: distribution.next(using: &generator), keys: keys)
            return UInt32(key) | (generator.unit() * 100 < writePercent ? AccessPattern.writeBit : 0)
        }
    }

    /// Scatters the hot ranks over the keys, so that they don't share cache lines; a bijection, as the factor is a prime
    /// above any number of keys.
    static func key(ofRank rank: Int, keys: Int) -> Int {
        Int(UInt64(rank) * 2_654_435_761 % UInt64(keys))
    }
}
