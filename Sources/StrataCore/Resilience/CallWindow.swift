/// How many calls of the last while there were, how many of them failed, and how many were slow.
///
/// The while is divided into periods, each with a bucket of counters in a ring: the memory is fixed, and a period is
/// forgotten as a whole when it is over for longer than the window. Invariant: the totals are the sums over the buckets.
struct CallWindow: Sendable {
    struct Counts: Hashable, Sendable {
        var calls = 0
        var failures = 0
        var slow = 0
    }

    static let bucketCount = 10

    private(set) var totals = Counts()
    private var buckets = [Counts](repeating: Counts(), count: bucketCount)
    private let periodNanoseconds: UInt64
    /// The number of the newest period that a bucket stands for.
    private var newest: UInt64 = 0

    init(_ length: Duration) {
        periodNanoseconds = max(1, UInt64(length.wholeNanoseconds) / UInt64(CallWindow.bucketCount))
    }

    /// Counts a call that ended now. Complexity: O(1), at worst the number of buckets.
    mutating func add(failed: Bool, slow: Bool, at now: Timestamp) {
        advance(to: now)
        count(Counts(calls: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0))
    }

    /// Counts calls that were answered in time. Complexity: O(1), at worst the number of buckets.
    mutating func add(answers: Int, at now: Timestamp) {
        advance(to: now)
        count(Counts(calls: answers))
    }

    private mutating func count(_ calls: Counts) {
        // Two threads may report in the other order than they read the clock: the newest period takes both.
        buckets[Int(newest % UInt64(CallWindow.bucketCount))] += calls
        totals += calls
    }

    /// Forgets the periods that the window no longer reaches.
    private mutating func advance(to now: Timestamp) {
        let period = now.nanoseconds / periodNanoseconds
        guard period > newest else { return }
        let passed = min(period - newest, UInt64(CallWindow.bucketCount))
        for number in (period - passed + 1)...period {
            let index = Int(number % UInt64(CallWindow.bucketCount))
            totals -= buckets[index]
            buckets[index] = Counts()
        }
        newest = period
    }

    /// Forgets every call.
    mutating func clear() {
        for index in buckets.indices { buckets[index] = Counts() }
        totals = Counts()
    }
}

extension CallWindow.Counts {
    static func += (left: inout Self, right: Self) {
        left.calls += right.calls
        left.failures += right.failures
        left.slow += right.slow
    }

    static func -= (left: inout Self, right: Self) {
        left.calls -= right.calls
        left.failures -= right.failures
        left.slow -= right.slow
    }
}
