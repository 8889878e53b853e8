import NIOCore

/// Allows so many events a second on average, and as many in one go.
///
/// The bucket is full at the start, loses a token per event and gains `rate` per second. Source: ITU-T I.371.
struct TokenBucket {
    private let rate: Double
    private var tokens: Double
    private var updated: NIODeadline

    /// - Parameter rate: events per second, at least 1.
    init(rate: Int, now: NIODeadline) {
        self.rate = Double(rate)
        tokens = Double(rate)
        updated = now
    }

    /// Counts events that have happened; they may overdraw the bucket.
    mutating func take(_ count: Int, now: NIODeadline) {
        tokens = min(rate, tokens + rate * Double((now - updated).nanoseconds) / 1e9) - Double(count)
        updated = now
    }

    /// How long until there is a token; nil when there is one.
    var delay: TimeAmount? {
        tokens >= 1 ? nil : .nanoseconds(Int64((1 - tokens) / rate * 1e9) + 1)
    }
}
