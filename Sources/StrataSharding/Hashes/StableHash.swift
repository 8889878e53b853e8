/// A 64-bit hash that is the same in every process and version, because places on rings are made from it.
///
/// FNV-1a for the bytes, then SplitMix64's finalizer, since FNV alone spreads short texts badly in its high bits.
enum StableHash {
    static func hash(_ text: some StringProtocol) -> UInt64 {
        hash(text.utf8)
    }

    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        mix(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// A bijection that spreads each bit over all of them.
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
