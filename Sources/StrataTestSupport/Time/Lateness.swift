/// By how much calls missed the times by which they should have been answered.
public struct Lateness: Sendable, CustomStringConvertible {
    private var samples: [Duration] = []

    public init() {}

    /// Notes a call that began then and should have taken this long.
    public mutating func note(_ began: ContinuousClock.Instant, allowed: Duration) {
        samples.append(.now - (began + allowed))
    }

    /// How late the calls were in the middle; negative when they were early.
    public var median: Duration { samples.isEmpty ? .zero : samples.sorted()[samples.count / 2] }
    /// How late the latest one was.
    public var worst: Duration { samples.max() ?? .zero }

    public var description: String { "\(samples.count) calls, median \(median) late, worst \(worst) late" }
}
