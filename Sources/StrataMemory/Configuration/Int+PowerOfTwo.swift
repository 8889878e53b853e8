extension Int {
    /// The largest power of two that is not above the number, which is one at least.
    var flooredToPowerOfTwo: Int { 1 << (Int.bitWidth - 1 - leadingZeroBitCount) }
}
