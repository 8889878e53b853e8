/// The keys of which one thread has told the eviction orders a short while ago, so that further hits of them are no news.
///
/// To an order the hottest keys are all the same: where they stand among each other never decides what is evicted. But they
/// are most of the hits, and telling of one writes to the nodes of the entry and its neighbours, which the other cores have
/// written to just now. So a stripe that is large enough divides time into epochs, short beside the time an entry stays, and
/// each thread tells of a key once in an epoch.
///
/// A key may be forgotten early, when another takes its place here, and is told of again then. One hit in 65,536 at most is
/// taken for another's and not told of.
///
/// Source: Berg et al., "The CacheLib Caching Engine: Design and Experiences at Scale", OSDI 2020, on the time after which
/// an entry is moved again.
struct RecentUses {
    /// The most keys there is room for, each at a place by its hash; what a core keeps near itself beside all else.
    private static let largestCount = 1 << 14
    /// How many bytes of a cache there are for each.
    private static let bytesPerKey = 1024

    // Safe to share: used by one thread alone.
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<UInt16>
    /// One less than how many keys there is room for.
    private let mask: Int

    /// For how many keys there is room: a power of two.
    ///
    /// - Parameter capacity: that of the cache, in bytes.
    static func count(capacity: Int) -> Int {
        min(largestCount, max(1, capacity / bytesPerKey)).flooredToPowerOfTwo
    }

    /// How much room so many keys take, in bytes.
    static func size(_ count: Int) -> Int { count * MemoryLayout<UInt16>.stride }

    /// - Parameter mask: one less than how many keys there is room for.
    @inline(__always)
    init(at memory: UnsafeMutableRawPointer, mask: Int) {
        marks = memory.assumingMemoryBound(to: UInt16.self)
        self.mask = mask
    }

    func initialize() {
        UnsafeMutableRawPointer(marks).bindMemory(to: UInt16.self, capacity: mask + 1)
            .initialize(repeating: 0, count: mask + 1)
    }

    /// Notes a hit.
    ///
    /// - Returns: whether it is the first of its key in this epoch, as far as is known.
    @inline(__always)
    func note(_ hash: UInt64, _ epoch: UseEpoch) -> Bool {
        let place = marks + Int(truncatingIfNeeded: hash &>> 32) & mask
        let mark = epoch.mark(of: hash)
        let isNews = place.pointee != mark
        place.pointee = mark
        return isNews || epoch == .every
    }
}

/// A time in which one hit of a key is news to a stripe's eviction order.
struct UseEpoch: Equatable {
    /// No time at all: every hit is news.
    static let every = UseEpoch(number: 0)

    /// Never the same in two epochs that are less than a lap apart.
    let number: UInt32

    @inline(__always)
    init(number: UInt32) {
        self.number = number
    }

    /// The epoch after this one.
    var next: UseEpoch { UseEpoch(number: number &+ 1 == 0 ? 1 : number &+ 1) }

    /// What is noted of a key; differs between epochs.
    @inline(__always)
    func mark(of hash: UInt64) -> UInt16 {
        UInt16(truncatingIfNeeded: UInt32(truncatingIfNeeded: hash) &+ number &* 0x9E37_79B9)
    }
}
