/// The numbers from which a shard's versions are made, each used once, also across restarts and failed transactions.
///
/// Numbers are reserved in blocks: the file holds the end of the last block, and a restart begins there. So a commit
/// rarely has to write the sequence, and a failed one can forget its numbers.
struct ShardSequence {
    static let block: UInt64 = 1 << 16

    /// The number given out last.
    private(set) var last: UInt64
    /// The number that the file holds: after a restart all given out are above it.
    private(set) var reserved: UInt64

    /// The sequence of a file that was just opened.
    init(reserved: UInt64) {
        last = reserved
        self.reserved = reserved
    }

    /// The next number.
    mutating func next() -> UInt64 {
        last += 1
        return last
    }

    /// What the file has to hold before the numbers given out may be used; nil when it holds enough.
    var reservationNeeded: UInt64? { last > reserved ? last + ShardSequence.block : nil }

    /// The file holds this reservation.
    mutating func didReserve(_ number: UInt64) {
        reserved = number
    }
}
