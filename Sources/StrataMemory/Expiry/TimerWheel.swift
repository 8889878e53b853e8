/// Tells which entries are due, at a cost that does not depend on how many there are.
///
/// Time is cut into ticks of 2^24 ns (16.8 ms), and a tick's number into seven digits of six bits, which covers the whole
/// clock. An entry sits at the level of the highest digit in which its tick differs from `current`, in the bucket of that
/// digit. When `current` reaches a bucket above level 0, its entries move down, one per step: no step is long because a
/// million entries were loaded together. When it reaches one at level 0, they are due.
///
/// Invariant: the tick of an entry at level l equals `current` in all digits above l, and its digit at l is larger than
/// that of `current`, or equal to it while the bucket waits to be emptied; `current` never passes such a bucket.
/// Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987, scheme 7.
struct TimerWheel: ~Copyable {
    static let tickBits: UInt64 = 24
    static let digitBits = 6
    static let levels = 7
    static let bucketsPerLevel = 1 << digitBits

    /// What an entry costs here, in bytes.
    static let bytesPerEntry = 8

    /// An entry's neighbours in its bucket; the tick is that of its deadline, which is kept elsewhere.
    struct Link {
        private static let none: CellIndex = -1
        private static let firstBucket: CellIndex = -2

        var next: CellIndex = -1
        /// The cell before, or, counted down from -2, the bucket that the cell is the head of; -1 when not scheduled.
        private(set) var previous: CellIndex = Link.none

        /// The link of a cell that is not scheduled.
        init() {}

        /// The link of the head of a bucket.
        init(next: CellIndex, headOf bucket: Int) {
            self.next = next
            previous = Link.firstBucket - CellIndex(bucket)
        }

        mutating func follow(_ cell: CellIndex) { previous = cell }

        mutating func lead(_ bucket: Int) { previous = Link.firstBucket - CellIndex(bucket) }

        var isScheduled: Bool { previous != Link.none }

        /// The bucket that the cell is the head of; nil when it isn't one.
        var bucket: Int? { previous <= Link.firstBucket ? Int(Link.firstBucket - previous) : nil }
    }

    /// The tick up to which everything that was due has been answered, but for what waits in its buckets.
    private(set) var current: UInt64
    /// How many entries are scheduled.
    private(set) var count = 0
    private(set) var links = CellArray(filler: Link())
    private(set) var heads = [CellIndex](repeating: -1, count: levels * bucketsPerLevel)
    /// A bit per bucket that is not empty, a word per level.
    private(set) var occupied = [UInt64](repeating: 0, count: levels)

    /// An empty wheel that starts at this time, in nanoseconds.
    init(startingAt now: UInt64) {
        current = now >> TimerWheel.tickBits
    }

    /// The first tick at which a deadline has passed.
    static func tick(of deadline: UInt64) -> UInt64 {
        deadline >> tickBits + (deadline & (1 << tickBits - 1) == 0 ? 0 : 1)
    }

    /// Schedules a cell that is not scheduled; a deadline in the past is due at the next question.
    mutating func schedule(_ cell: CellIndex, deadline: UInt64) {
        links.grow(toHold: cell)
        place(cell, tick: TimerWheel.tick(of: deadline))
        count += 1
    }

    /// Takes a cell out; one that is not scheduled is left alone.
    mutating func cancel(_ cell: CellIndex) {
        guard Int(cell) < links.count, links.pointer(to: cell).pointee.isScheduled else { return }
        unlink(cell)
        count -= 1
    }

    /// Takes out a cell whose deadline has passed; -1 when there is none or the steps are used up.
    ///
    /// - Parameters:
    ///   - now: nanoseconds; earlier than before is the same as before.
    ///   - steps: how many entries may be moved to a lower level on the way; counted down.
    ///   - deadline: the deadline of a cell, as it was when the cell was scheduled.
    mutating func nextDue(_ now: UInt64, steps: inout Int, deadline: (CellIndex) -> UInt64) -> CellIndex {
        guard count > 0 else {
            current = max(current, now >> TimerWheel.tickBits)
            return -1
        }
        while true {
            while let cell = waitingAboveLevelZero {
                guard steps > 0 else { return -1 }
                steps -= 1
                unlink(cell)
                place(cell, tick: TimerWheel.tick(of: deadline(cell)))
            }
            let due = heads[digit(of: current, level: 0)]
            if due >= 0 {
                unlink(due)
                count -= 1
                return due
            }
            guard advance(to: now >> TimerWheel.tickBits) else { return -1 }
        }
    }

    /// An entry in the bucket of `current` at a level above 0.
    private var waitingAboveLevelZero: CellIndex? {
        for level in 1..<TimerWheel.levels {
            let digit = digit(of: current, level: level)
            if occupied[level] >> UInt64(digit) & 1 == 1 { return heads[level * TimerWheel.bucketsPerLevel + digit] }
        }
        return nil
    }

    /// Moves `current` to the next bucket that is not empty, or to `target` when that comes first.
    ///
    /// - Returns: whether there was such a bucket.
    private mutating func advance(to target: UInt64) -> Bool {
        guard target > current else { return false }
        for level in 0..<TimerWheel.levels {
            let digit = digit(of: current, level: level)
            // Twice, because shifting a word by 64 when the digit is 63 is out of the hardware's range.
            let later = occupied[level] & ((UInt64.max &<< UInt64(digit)) &<< 1)
            guard later != 0 else { continue }
            // Lower levels share more digits with `current`, so the first bucket found is the earliest of all.
            let shift = UInt64(level * TimerWheel.digitBits)
            let buckets = UInt64(TimerWheel.bucketsPerLevel)
            let next = ((current >> shift) & ~(buckets - 1) | UInt64(later.trailingZeroBitCount)) << shift
            current = min(next, target)
            return next <= target
        }
        current = target
        return false
    }

    private func digit(of tick: UInt64, level: Int) -> Int {
        Int(tick >> UInt64(level * TimerWheel.digitBits)) & (TimerWheel.bucketsPerLevel - 1)
    }

    private mutating func place(_ cell: CellIndex, tick: UInt64) {
        let tick = max(tick, current)
        let difference = tick ^ current
        let level = difference == 0 ? 0 : (63 - difference.leadingZeroBitCount) / TimerWheel.digitBits
        let digit = digit(of: tick, level: level)
        let bucket = level * TimerWheel.bucketsPerLevel + digit
        let head = heads[bucket]
        if head >= 0 { links.pointer(to: head).pointee.follow(cell) }
        links.pointer(to: cell).pointee = Link(next: head, headOf: bucket)
        heads[bucket] = cell
        occupied[level] |= 1 << UInt64(digit)
    }

    private mutating func unlink(_ cell: CellIndex) {
        let link = links.pointer(to: cell).pointee
        if let bucket = link.bucket {
            heads[bucket] = link.next
            if link.next >= 0 {
                links.pointer(to: link.next).pointee.lead(bucket)
            } else {
                occupied[bucket / TimerWheel.bucketsPerLevel] &= ~(1 << UInt64(bucket % TimerWheel.bucketsPerLevel))
            }
        } else {
            links.pointer(to: link.previous).pointee.next = link.next
            if link.next >= 0 { links.pointer(to: link.next).pointee.follow(link.previous) }
        }
        links.pointer(to: cell).pointee = Link()
    }
}
