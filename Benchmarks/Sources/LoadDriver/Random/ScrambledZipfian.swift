/// Draws records as YCSB does: popularity follows a Zipf distribution, but the popular records are scattered over the
/// key space instead of being its first ones.
///
/// A rank is drawn out of ten billion and hashed onto the records, whatever their number, so that the popularity of
/// the hottest records doesn't change when records are added.
///
/// Source: Cooper et al., "Benchmarking Cloud Serving Systems with YCSB" (SoCC 2010), section 5.2, and the
/// `ScrambledZipfianGenerator` of its implementation.
package struct ScrambledZipfian: Sendable {
    /// The number of ranks YCSB draws from.
    package static let rankCount = 10_000_000_000

    private let ranks: ZipfianDistribution
    private let records: UInt64

    /// A distribution over `0 ..< records`.
    ///
    /// - Parameters:
    ///   - records: how many records, at least 1.
    ///   - theta: the skew, above 0 and below 1.
    package init(records: Int, theta: Double = 0.99) {
        precondition(records >= 1, "a distribution needs a record to draw")
        ranks = ZipfianDistribution(count: ScrambledZipfian.rankCount, theta: theta)
        self.records = UInt64(records)
    }

    /// A record. Complexity: O(1).
    package func next(using generator: inout SplitMix64) -> Int {
        record(ofRank: ranks.next(using: &generator))
    }

    /// The record that a rank is hashed onto.
    package func record(ofRank rank: Int) -> Int {
        Int(ScrambledZipfian.hash(UInt64(rank)) % records)
    }

    /// FNV-1a of the eight bytes, least significant first, as a signed number's magnitude, which is YCSB's hash.
    static func hash(_ word: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
            hash = (hash ^ ((word >> shift) & 0xFF)) &* 0x100_0000_01B3
        }
        return Int64(bitPattern: hash).magnitude
    }
}
