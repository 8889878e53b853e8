/// How much of the capacity belongs to entries on probation, learnt from what would have been hit under another division.
///
/// Two signals move it, each by the weight of the entry that gives it.
///
/// *Near*: a key comes back that was evicted from probation just now, so that a slightly larger share would have held it:
/// the share grows. An entry is hit that had to leave the protected part, so that a smaller share would have kept it
/// there: the share shrinks.
///
/// *Far*: the near signal is blind where only a much larger share would help, as with keys that are asked for a second
/// time after a constant while and then never again. So there is a score of this cache against LRU: what comes back
/// within the time in which LRU would still hold it counts for LRU, a hit after so long a time that LRU would have
/// dropped the entry counts against it. While LRU is ahead by more than chance explains, the share grows towards all of
/// the capacity, where the two are the same, by two steps for each; a hit that LRU would not have had takes back one.
///
/// Source: the near signal is that of Li, "DLIRS: Improving Low Inter-Reference Recency Set Cache Replacement Policy with
/// Dynamics", SYSTOR 2018, bounded to recent evictions; the idea of both is from Megiddo and Modha, "ARC: A Self-Tuning,
/// Low Overhead Replacement Cache", FAST 2003.
struct ColdShare {
    /// The weight of everything together.
    var capacity: Int
    private var near: Int
    private var far = 0
    /// Events for LRU minus events against it, at least 0 and at most twice the threshold.
    private var score = 0

    /// - Parameter capacity: the weight of everything together.
    init(capacity: Int) {
        self.capacity = capacity
        near = capacity / 20
    }

    /// What the entries on probation may weigh: 1 % to 98 % of the capacity.
    var weight: Int { min(near + far, capacity - capacity / 50) }

    /// How much may have been evicted since a key was, for its return to be a near one: 5 % of the capacity.
    var nearWindow: Int { capacity / 20 }

    /// A key came back that was evicted from probation within the near window.
    mutating func onNearReturn(_ weight: Int) {
        near = min(near + weight, capacity / 2)
    }

    /// An entry was hit on probation that had been protected before.
    mutating func onDemotedHit(_ weight: Int) {
        near = max(near - weight, capacity / 100)
    }

    /// A key came back, not a near one, after fewer uses than there are entries: LRU would have had a hit.
    ///
    /// - Parameter count: how many entries there are; 2.5 % of them, and at least 8, is how far LRU has to be ahead.
    mutating func onFarReturn(_ weight: Int, count: Int) {
        let threshold = max(8, count / 40)
        score = min(score + 1, 2 * threshold)
        if score >= threshold { far = min(far + 2 * weight, capacity - capacity / 10) }
    }

    /// A protected entry was hit after more uses than there are entries: LRU might well have had a miss.
    @inline(__always)
    mutating func onFarHit(_ weight: Int) {
        guard score | far != 0 else { return }
        score = max(score - 1, 0)
        far = max(far - weight, 0)
    }
}
