/// Jump consistent hash: a bucket from a key and the number of buckets, with no memory at all.
///
/// Buckets can be added and removed at the end only: for nodes that are numbered and never leave in the middle.
/// Source: Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", 2014.
public enum JumpHash {
    /// The bucket of a key. Complexity: O(log buckets).
    ///
    /// - Parameters:
    ///   - key: a hash, evenly spread.
    ///   - buckets: above 0; else it traps.
    /// - Returns: `0 ..< buckets`.
    public static func bucket(_ key: UInt64, of buckets: Int) -> Int {
        precondition(buckets > 0, "a key can't be in one of \(buckets) buckets")
        var state = key
        var bucket = 0
        var next: Int64 = 0
        while next < Int64(buckets) {
            bucket = Int(next)
            state = state &* 2_862_933_555_777_941_757 &+ 1
            next = Int64(Double(next + 1) * (Double(1 << 31) / Double((state >> 33) + 1)))
        }
        return bucket
    }
}
