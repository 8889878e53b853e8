/// How twemproxy hashes keys, by the names of its configuration.
public enum KetamaKeyHash: String, Hashable, Sendable, CaseIterable {
    /// Its default: FNV-1a with the constants for 64 bits cut to 32, as twemproxy computes it.
    case fnv1a64 = "fnv1a_64"
    /// FNV-1a of 32 bits.
    case fnv1a32 = "fnv1a_32"
    /// The first four bytes of MD5.
    case md5

    /// The hash of a key. Complexity: O(n).
    public func hash(_ key: UnsafeRawBufferPointer) -> UInt32 {
        switch self {
        case .fnv1a64: KetamaKeyHash.fnv1a(key, initial: 0x8422_2325, prime: 0x1B3)
        case .fnv1a32: KetamaKeyHash.fnv1a(key, initial: 0x811C_9DC5, prime: 0x0100_0193)
        case .md5: KetamaKeyHash.word(MD5.digest(Array(key)), 0)
        }
    }

    /// Four bytes of a digest, the lowest first.
    static func word(_ digest: [UInt8], _ index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(digest[4 * index + $1]) << UInt32(8 * $1) }
    }

    private static func fnv1a(_ key: UnsafeRawBufferPointer, initial: UInt32, prime: UInt32) -> UInt32 {
        // Signed, because twemproxy reads keys as `char`, and bytes from 0x80 on reach the upper bits.
        key.reduce(initial) { ($0 ^ UInt32(bitPattern: Int32(Int8(bitPattern: $1)))) &* prime }
    }
}
