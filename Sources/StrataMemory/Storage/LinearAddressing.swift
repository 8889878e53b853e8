/// The addresses of linear hashing: any number of them, one added at a time, without moving but what one address held.
///
/// The address of a hash is its lowest bits, one bit less when that is not below the number of addresses.
/// Source: Litwin, "Linear hashing: a new tool for file and table addressing", 1980.
struct LinearAddressing {
    /// How many addresses there are.
    private(set) var count = 0
    /// All bits of the largest address: one below a power of two.
    private var mask = 0

    /// Makes the addresses more, up to a number of them.
    mutating func grow(to count: Int) {
        self.count = max(self.count, count)
        while mask < self.count - 1 { mask = mask << 1 | 1 }
    }

    /// The address of a hash; there is one at least.
    @inline(__always)
    func address(_ hash: UInt32) -> Int { LinearAddressing.address(hash, count: count, mask: mask) }

    /// The address of a hash among a number of addresses, of which there is one at least.
    @inline(__always)
    static func address(_ hash: UInt32, count: Int) -> Int {
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        return address(hash, count: count, mask: 1 &<< bits - 1)
    }

    @inline(__always)
    private static func address(_ hash: UInt32, count: Int, mask: Int) -> Int {
        let address = Int(hash) & mask
        return address < count ? address : address & (mask &>> 1)
    }

    /// The address where the hashes were that belong to the last one now.
    var source: Int { (count - 1) & mask >> 1 }
}
