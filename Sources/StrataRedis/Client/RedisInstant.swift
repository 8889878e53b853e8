import StrataCore

/// A point on the continuous clock as a plain number, for what every request carries and is compared by.
///
/// The layout of `ContinuousClock.Instant` is only known at run time: whatever has one as a member is copied by functions
/// that ask for its size, and none of its operations is inlined.
struct RedisInstant: Hashable, Comparable, Sendable {
    /// Before every other.
    static let distantPast = RedisInstant(nanoseconds: .min)

    private static let origin = ContinuousClock.now

    /// Since a point of this process; negative before it.
    private let nanoseconds: Int64

    private init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// An instant, held within 292 years from now.
    init(_ instant: ContinuousClock.Instant) {
        nanoseconds = (instant - RedisInstant.origin).wholeNanoseconds
    }

    static var now: RedisInstant { RedisInstant(.now) }

    /// Nanoseconds from another instant to this one.
    func nanoseconds(since other: RedisInstant) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return overflow ? (nanoseconds < 0 ? .min : .max) : difference
    }

    /// The instant so many nanoseconds, zero or more, later.
    func advanced(byNanoseconds amount: Int64) -> RedisInstant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(amount)
        return RedisInstant(nanoseconds: overflow ? .max : sum)
    }

    static func < (left: RedisInstant, right: RedisInstant) -> Bool { left.nanoseconds < right.nanoseconds }
}
