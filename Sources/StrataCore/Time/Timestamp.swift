/// A point on this process's monotonic clock, in nanoseconds; comparable only within the process.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Before every other.
    public static let distantPast = Timestamp(nanoseconds: 0)
    /// After every other: the deadline of what never expires.
    public static let distantFuture = Timestamp(nanoseconds: .max)

    /// Nanoseconds since an arbitrary point.
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    /// This point moved by a duration, held within the representable range instead of overflowing.
    public func advanced(by duration: Duration) -> Timestamp {
        let amount = duration.wholeNanoseconds
        if amount >= 0 {
            let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(amount))
            return overflow ? .distantFuture : Timestamp(nanoseconds: sum)
        }
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(amount.magnitude)
        return overflow ? .distantPast : Timestamp(nanoseconds: difference)
    }

    /// The time from this point to another, negative when the other is earlier.
    public func duration(to other: Timestamp) -> Duration {
        let magnitude = Int64(
            clamping: other > self ? other.nanoseconds - nanoseconds : nanoseconds - other.nanoseconds)
        return .nanoseconds(other > self ? magnitude : -magnitude)
    }
}

extension Duration {
    /// The duration in nanoseconds, held within the range of `Int64` (292 years).
    package var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }

    /// The duration in milliseconds, rounded towards zero, held within the range of `Int64`.
    package var wholeMilliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }
}
