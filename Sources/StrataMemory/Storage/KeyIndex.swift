/// Finds the cell of a key by its hash: extendible hashing over small open-addressing segments.
///
/// A directory, indexed by the highest bits of the hash, points to segments of 512 buckets. A bucket is one word: the
/// hash and the cell. A segment that fills up is split in two by the next bit of the hash, so that growing costs a few
/// microseconds at a time and there never is a rehash of everything. Within a segment: linear probing from the lowest
/// bits, and deletion by shifting back, so that there are no tombstones and probes stay short.
///
/// Invariant: a segment of depth d is in the directory at every index whose highest d bits are its own; no bucket lies
/// beyond an empty one on the way from its home.
/// Source: Fagin, Nievergelt, Pippenger, Strong, "Extendible hashing", 1979; Knuth, volume 3, 6.4, algorithm R.
struct KeyIndex: ~Copyable {
    static let segmentBits = 9
    static let segmentSize = 1 << segmentBits
    /// A segment is split above this many entries: 80 % of its buckets.
    static let segmentLimit = segmentSize * 4 / 5
    /// The depth at which the bits of the hash are used up.
    static let maximumDepth = 32 - segmentBits

    private(set) var depth = 0
    private(set) var directory: UnsafeMutablePointer<UnsafeMutablePointer<Segment>>

    struct Segment {
        var depth: Int
        var count: Int
        /// `segmentSize` words: 0 for an empty bucket, else the hash in the upper half and the cell plus one below.
        let buckets: UnsafeMutablePointer<UInt64>

        init(depth: Int) {
            self.depth = depth
            count = 0
            buckets = .allocate(capacity: KeyIndex.segmentSize)
            buckets.initialize(repeating: 0, count: KeyIndex.segmentSize)
        }

        /// Puts a word into the first empty bucket from its home on.
        @inline(__always)
        mutating func add(_ word: UInt64) {
            var bucket = KeyIndex.home(of: word)
            while buckets[bucket] != 0 { bucket = KeyIndex.following(bucket) }
            buckets[bucket] = word
            count += 1
        }
    }

    init() {
        directory = .allocate(capacity: 1)
        let segment = UnsafeMutablePointer<Segment>.allocate(capacity: 1)
        segment.initialize(to: Segment(depth: 0))
        directory.initialize(to: segment)
    }

    deinit {
        forEachSegment { segment, _ in
            segment.pointee.buckets.deallocate()
            segment.deallocate()
        }
        directory.deallocate()
    }

    /// The cell that has this hash and satisfies the condition; -1 when there is none.
    @inline(__always)
    func find(_ hash: UInt32, where matches: (CellIndex) -> Bool) -> CellIndex {
        let buckets = segment(of: hash).pointee.buckets
        var bucket = Int(hash) & (KeyIndex.segmentSize - 1)
        while true {
            let word = buckets[bucket]
            if word == 0 { return -1 }
            if UInt32(truncatingIfNeeded: word &>> 32) == hash {
                let cell = KeyIndex.cell(of: word)
                if matches(cell) { return cell }
            }
            bucket = KeyIndex.following(bucket)
        }
    }

    /// Adds a cell that is not there yet.
    mutating func insert(_ hash: UInt32, _ cell: CellIndex) {
        while segment(of: hash).pointee.count >= KeyIndex.segmentLimit,
            segment(of: hash).pointee.depth < Self.maximumDepth
        {
            split(segment(of: hash), hash)
        }
        let segment = segment(of: hash)
        precondition(segment.pointee.count < KeyIndex.segmentSize - 1, "the key index is full")
        segment.pointee.add(UInt64(hash) << 32 | UInt64(cell + 1))
    }

    /// Removes a cell that is there.
    mutating func remove(_ hash: UInt32, _ cell: CellIndex) {
        let segment = segment(of: hash)
        let buckets = segment.pointee.buckets
        let word = UInt64(hash) << 32 | UInt64(cell + 1)
        var hole = KeyIndex.home(of: word)
        while buckets[hole] != word {
            precondition(buckets[hole] != 0, "cell \(cell) is not in the key index")
            hole = KeyIndex.following(hole)
        }
        var bucket = KeyIndex.following(hole)
        while buckets[bucket] != 0 {
            // What lies at `bucket` may move into the hole when the hole is on its way from its home.
            let mask = KeyIndex.segmentSize - 1
            let distance = (bucket - KeyIndex.home(of: buckets[bucket])) & mask
            if distance >= (bucket - hole) & mask {
                buckets[hole] = buckets[bucket]
                hole = bucket
            }
            bucket = KeyIndex.following(bucket)
        }
        buckets[hole] = 0
        segment.pointee.count -= 1
    }

    /// Every segment once, with the first index of the directory that points to it.
    func forEachSegment(_ body: (UnsafeMutablePointer<Segment>, Int) -> Void) {
        var index = 0
        while index < 1 << depth {
            let segment = directory[index]
            let span = 1 << (depth - segment.pointee.depth)
            body(segment, index)
            index += span
        }
    }

    @inline(__always)
    func segment(of hash: UInt32) -> UnsafeMutablePointer<Segment> {
        // In two steps, because shifting 32 bits by 32 at depth 0 is out of the hardware's range.
        directory[Int(UInt64(hash) &>> UInt64(32 - depth))]
    }

    private mutating func split(_ segment: UnsafeMutablePointer<Segment>, _ hash: UInt32) {
        if segment.pointee.depth == depth { doubleDirectory() }
        let newDepth = segment.pointee.depth + 1
        let upper = UnsafeMutablePointer<Segment>.allocate(capacity: 1)
        upper.initialize(to: Segment(depth: newDepth))
        var lower = Segment(depth: newDepth)
        for bucket in 0..<KeyIndex.segmentSize {
            let word = segment.pointee.buckets[bucket]
            guard word != 0 else { continue }
            if word &>> UInt64(64 - newDepth) & 1 == 1 { upper.pointee.add(word) } else { lower.add(word) }
        }
        segment.pointee.buckets.deallocate()
        segment.pointee = lower
        let span = 1 << (depth - newDepth)
        let first = Int(UInt64(hash) &>> UInt64(32 - newDepth)) | 1
        for index in (first * span)..<((first + 1) * span) {
            directory[index] = upper
        }
    }

    private mutating func doubleDirectory() {
        let larger = UnsafeMutablePointer<UnsafeMutablePointer<Segment>>.allocate(capacity: 2 << depth)
        for index in 0..<(2 << depth) {
            (larger + index).initialize(to: directory[index >> 1])
        }
        directory.deallocate()
        directory = larger
        depth += 1
    }

    @inline(__always)
    static func home(of word: UInt64) -> Int { Int(truncatingIfNeeded: word &>> 32) & (segmentSize - 1) }

    @inline(__always)
    static func following(_ bucket: Int) -> Int { (bucket + 1) & (segmentSize - 1) }

    @inline(__always)
    static func cell(of word: UInt64) -> CellIndex { CellIndex(truncatingIfNeeded: word & 0xFFFF_FFFF) &- 1 }
}
