/// How long calls of the last while took, for quantiles of it: a histogram with buckets of growing width that forgets.
///
/// A bucket is a number of 8 bits: the octave of the time in microseconds, and eight steps in it, so that a quantile is at
/// most an eighth too high and the memory is fixed. Invariant: `total` is the sum of the counts and stays below the window;
/// when it would reach it, every count is halved, so that a call from a window ago counts half of one from now.
/// Source for the buckets: Tene, HdrHistogram.
package struct LatencyHistogram: Sendable {
    private static let stepBits = 3
    private static let bucketCount = 256

    private let window: UInt32
    private var counts = [UInt32](repeating: 0, count: bucketCount)
    private(set) package var total: UInt32 = 0

    /// - Parameter window: after how many calls the earlier ones count half, at least 16.
    package init(window: UInt32 = 4096) {
        self.window = max(16, window)
    }

    /// The bucket of a time.
    package static func bucket(of time: Duration) -> UInt8 {
        let microseconds = UInt64(max(0, time.wholeNanoseconds / 1000))
        let steps: UInt64 = 1 << stepBits
        guard microseconds >= steps else { return UInt8(microseconds) }
        let octave = 63 - microseconds.leadingZeroBitCount - stepBits
        let step = microseconds >> octave - steps
        return UInt8(clamping: UInt64(octave + 1) << stepBits + step)
    }

    /// The first time beyond a bucket.
    package static func end(of bucket: UInt8) -> Duration {
        let octave = Int(bucket) >> stepBits
        let step = Int64(bucket) & (1 << stepBits - 1)
        guard octave > 0 else { return .microseconds(step + 1) }
        return .microseconds((1 << stepBits + step + 1) << (octave - 1))
    }

    /// Counts calls, each by its bucket. Complexity: O(calls), at worst the number of buckets besides.
    package mutating func add(_ buckets: some Sequence<UInt8>) {
        for bucket in buckets {
            counts[Int(bucket)] += 1
            total += 1
            if total >= window { halve() }
        }
    }

    private mutating func halve() {
        total = 0
        for index in counts.indices {
            counts[index] /= 2
            total += counts[index]
        }
    }

    /// The time within which this part of the calls was done; nil when there were none. Complexity: O(buckets).
    ///
    /// - Parameter part: above 0, up to 1.
    package func quantile(_ part: Double) -> Duration? {
        guard total > 0 else { return nil }
        let wanted = UInt32((part * Double(total)).rounded(.up))
        var sum: UInt32 = 0
        for (bucket, count) in counts.enumerated() {
            sum += count
            if sum >= wanted { return LatencyHistogram.end(of: UInt8(bucket)) }
        }
        return nil
    }
}
