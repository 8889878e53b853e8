import Metrics
public import Tracing

/// Where what is observed goes.
public struct Observation: Sendable {
    /// Nil when nobody traces.
    public var tracer: (any Tracer)?
    public var hasMetrics: Bool

    /// - Parameters:
    ///   - tracer: nil for no spans.
    ///   - hasMetrics: whether times are recorded.
    public init(tracer: (any Tracer)?, hasMetrics: Bool) {
        self.tracer = tracer
        self.hasMetrics = hasMetrics
    }

    /// What the process was bootstrapped with by now: without a tracer and without metrics nothing is observed.
    public static var bootstrapped: Observation {
        let tracer = InstrumentationSystem.tracer
        return Observation(
            tracer: tracer is NoOpTracer ? nil : tracer, hasMetrics: !(MetricsSystem.factory is NOOPMetricsHandler))
    }

    /// Whether nothing is observed.
    public var isOff: Bool { tracer == nil && !hasMetrics }
}
