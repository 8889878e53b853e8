public import StrataCore

/// When an entry stops being valid and when it is removed, in the eight bytes of a block that hold a deadline.
///
/// Without a stale period the two are one, and the number is that deadline in nanoseconds, the highest one for none. With one,
/// the highest bit is set (no deadline on a monotonic clock reaches it), the lowest 16 bits hold the period, and the bits in
/// between the time of the removal in steps of 65.5 µs. The period is a number of milliseconds as 5 bits of exponent and 11
/// of mantissa, rounded down; the removal is counted from that, so that an entry becomes stale at its deadline or up to one
/// step before.
@usableFromInline
struct StoredDeadline {
    private static let mark: UInt64 = 1 << 63
    private static let periodBits: UInt64 = 16
    private static let periodMask: UInt64 = 1 << periodBits - 1
    private static let mantissaBits: UInt64 = 11
    private static let longestPeriod: UInt64 = 100 * 365 * 86_400_000

    let rawValue: UInt64

    @inline(__always)
    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameters:
    ///   - deadline: when the entry stops being valid.
    ///   - period: how much longer it is held as a stale one; less than a millisecond counts as nothing.
    @usableFromInline
    init(_ deadline: Timestamp, staleFor period: Duration) {
        let milliseconds = min(UInt64(max(0, period.wholeMilliseconds)), StoredDeadline.longestPeriod)
        let exponent = UInt64(max(0, 64 - milliseconds.leadingZeroBitCount - Int(StoredDeadline.mantissaBits)))
        let code = exponent << StoredDeadline.mantissaBits | milliseconds >> exponent
        let (removal, overflow) = deadline.nanoseconds.addingReportingOverflow(StoredDeadline.nanoseconds(of: code))
        guard milliseconds > 0, !overflow, removal < StoredDeadline.mark else {
            rawValue = deadline.nanoseconds < StoredDeadline.mark ? deadline.nanoseconds : .max
            return
        }
        rawValue = StoredDeadline.mark | removal & ~StoredDeadline.periodMask | code
    }

    /// Whether there is no deadline at all.
    var isNever: Bool { @inline(__always) get { rawValue == .max } }

    private var hasPeriod: Bool { @inline(__always) get { rawValue & StoredDeadline.mark != 0 && !isNever } }

    /// Nanoseconds at which the entry stops being valid; the highest number for never.
    var freshUntil: UInt64 {
        @inline(__always) get {
            hasPeriod ? removal - StoredDeadline.nanoseconds(of: rawValue & StoredDeadline.periodMask) : rawValue
        }
    }

    /// Nanoseconds at which the entry is removed; the highest number for never.
    var removal: UInt64 {
        @inline(__always) get {
            hasPeriod ? rawValue & ~(StoredDeadline.mark | StoredDeadline.periodMask) : rawValue
        }
    }

    /// What a block stores.
    @usableFromInline var stored: Timestamp { Timestamp(nanoseconds: rawValue) }
    /// When the entry is removed.
    @usableFromInline var removalTime: Timestamp { Timestamp(nanoseconds: removal) }

    private static func nanoseconds(of code: UInt64) -> UInt64 {
        (code & (1 << mantissaBits - 1)) << (code >> mantissaBits) * 1_000_000
    }
}
