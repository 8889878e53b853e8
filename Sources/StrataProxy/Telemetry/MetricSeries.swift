import Metrics
import NIOConcurrencyHelpers

/// A sum that only grows, until it is reset.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let value = NIOLockedValueBox(0.0)

    var current: Double { value.withLockedValue { $0 } }

    func increment(by amount: Int64) { value.withLockedValue { $0 += Double(amount) } }
    func increment(by amount: Double) { value.withLockedValue { $0 += amount } }
    func reset() { value.withLockedValue { $0 = 0 } }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler {
    private let value = NIOLockedValueBox(0.0)

    var current: Double { value.withLockedValue { $0 } }

    func set(_ newValue: Int64) { value.withLockedValue { $0 = Double(newValue) } }
    func set(_ newValue: Double) { value.withLockedValue { $0 = newValue } }
    func increment(by amount: Double) { value.withLockedValue { $0 += amount } }
    func decrement(by amount: Double) { value.withLockedValue { $0 -= amount } }
    func record(_ newValue: Int64) { set(newValue) }
    func record(_ newValue: Double) { set(newValue) }
}

/// How often values fell between fixed bounds.
final class HistogramSeries: RecorderHandler, TimerHandler {
    /// 50 µs to 10 s, for durations in seconds.
    static let durationBounds: [Double] = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Powers of four, for sizes and counts.
    static let amountBounds: [Double] = (0...12).map { Double(1 << (2 * $0)) }

    let bounds: [Double]
    private let state: NIOLockedValueBox<(counts: [Int], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = NIOLockedValueBox((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    /// How many values fell below each bound and above the one before, the last above all, and the sum of them.
    var current: (counts: [Int], sum: Double) { state.withLockedValue { $0 } }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLockedValue { state in
            state.counts[index] += 1
            state.sum += value
        }
    }
}
