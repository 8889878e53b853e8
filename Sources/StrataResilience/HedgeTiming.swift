import NIOConcurrencyHelpers
import StrataCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// After how long a read of one server counts as slow, and whether it may be sent once more, for callers on any thread.
///
/// A read notes its time in a batch of its thread's stripe; only every 64th takes the lock that all share, and finds the
/// quantile anew. What every read looks at is one number that rarely changes.
final class HedgeTiming: Sendable {
    private static let stripeCount = 16
    private static let batchSize = 64

    private struct Shared {
        var histogram = LatencyHistogram()
        var calls = 0
        var budget: RetryBudget
    }

    private let options: HedgeOptions
    private let stripes: [NIOLockedValueBox<[UInt8]>]
    private let shared: NIOLockedValueBox<Shared>
    /// Nanoseconds; 0 while too few reads are known.
    private let threshold = Atomic<Int64>(0)

    init(_ options: HedgeOptions) {
        self.options = options
        stripes = (0..<HedgeTiming.stripeCount).map { _ in NIOLockedValueBox([]) }
        shared = NIOLockedValueBox(Shared(budget: RetryBudget(options.budget)))
    }

    /// From when on a read is to be sent once more; nil while that is not known.
    var delay: Duration? {
        let nanoseconds = threshold.load(ordering: .relaxed)
        return nanoseconds > 0 ? .nanoseconds(nanoseconds) : nil
    }

    /// Notes how long a read took.
    func note(_ time: Duration) {
        let bucket = LatencyHistogram.bucket(of: time)
        let batch = stripes[HedgeTiming.stripe].withLockedValue { batch -> [UInt8]? in
            batch.append(bucket)
            guard batch.count == HedgeTiming.batchSize else { return nil }
            let full = batch
            batch.removeAll(keepingCapacity: true)
            return full
        }
        if let batch { take(batch) }
    }

    private func take(_ batch: [UInt8]) {
        shared.withLockedValue { shared in
            shared.histogram.add(batch)
            shared.budget.earn(batch.count)
            shared.calls = min(shared.calls + batch.count, options.minimumCalls)
            guard shared.calls >= options.minimumCalls, let time = shared.histogram.quantile(options.quantile) else {
                return
            }
            threshold.store(max(time, options.shortest).wholeNanoseconds, ordering: .relaxed)
        }
    }

    /// Whether one more read may be sent once more; it counts as sent then.
    func takeHedge() -> Bool { shared.withLockedValue { $0.budget.take() } }

    /// Threads are spread by the addresses of their descriptors, which lie pages apart.
    private static var stripe: Int {
        #if canImport(Darwin)
        let address = UInt(bitPattern: pthread_self())
        #else
        let address = UInt(pthread_self())
        #endif
        return Int(truncatingIfNeeded: (address >> 12) &* 0x9E37_79B9_7F4A_7C15 >> 32) & (stripeCount - 1)
    }
}
