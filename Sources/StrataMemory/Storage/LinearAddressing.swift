/// The addresses of linear hashing: any number of them, one added at a time, without moving but what one address held.
///
/// The address of a hash is its lowest bits, one bit less when that is not below the number of addresses.
/// Source: Litwin, "Linear hashing: a new tool for file and table addressing", 1980.
struct LinearAddressing {
    /// How many addresses there are, in the lower half; all bits of the largest address, one below a power of two, in the
    /// upper. In one word, so that a reader without a lock gets both or neither.
    private(set) var word: UInt64

    /// No addresses yet.
    init() {
        word = 0
    }

    @inline(__always)
    init(word: UInt64) {
        self.word = word
    }

    /// How many addresses there are.
    var count: Int { @inline(__always) get { Int(UInt32(truncatingIfNeeded: word)) } }

    private var mask: Int { @inline(__always) get { Int(word &>> 32) } }

    /// Makes the addresses more, up to a number of them below 2^32.
    mutating func grow(to count: Int) {
        guard count > self.count else { return }
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        word = UInt64(1 << bits - 1) << 32 | UInt64(count)
    }

    /// The address of a hash; there is one at least.
    @inline(__always)
    func address(_ hash: UInt32) -> Int {
        let address = Int(hash) & mask
        return address < count ? address : address & (mask &>> 1)
    }

    /// The address where the hashes were that belong to the last one now.
    var source: Int { (count - 1) & mask >> 1 }
}
