public import CoreMetrics
import NIOConcurrencyHelpers

/// Collects what libraries report through swift-metrics, to be read as Prometheus text.
///
/// Bootstrap it once: `MetricsSystem.bootstrap(factory)`, and give the same factory to `ProxyServer`. Every metric has at
/// most `maximumSeries` combinations of labels; those beyond share one series labelled `overflow="true"`, so that a label
/// by mistake made of keys can't fill the memory.
public final class PrometheusMetricsFactory: MetricsFactory {
    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)

        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private struct Metric {
        var series: [MetricLabels: Series] = [:]
    }

    /// How many combinations of labels a metric may have.
    public let maximumSeries: Int
    private let maximumMetrics = 2000
    private let metrics = NIOLockedValueBox<[String: Metric]>([:])

    /// - Parameter maximumSeries: combinations of labels per metric, at least 1.
    public init(maximumSeries: Int = 200) {
        self.maximumSeries = maximumSeries
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return histogram(label, dimensions, bounds: HistogramSeries.amountBounds)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label + "_seconds", dimensions, bounds: HistogramSeries.durationBounds)
    }

    // A series stays when its handler goes: its sum is part of what has happened.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// All metrics in the text format, in the order of their names. Complexity: O(series).
    public func text() -> String {
        var output = PrometheusText()
        for (name, metric) in metrics.withLockedValue({ $0 }).sorted(by: { $0.key < $1.key }) {
            guard let type = metric.series.values.first?.type else { continue }
            output.metric(name, type: type)
            for (labels, series) in metric.series.sorted(by: { $0.key.text() < $1.key.text() }) {
                switch series {
                case .counter(let counter): output.sample(name, labels, counter.current)
                case .gauge(let gauge): output.sample(name, labels, gauge.current)
                case .histogram(let histogram):
                    let (counts, sum) = histogram.current
                    output.histogram(name, labels, bounds: histogram.bounds, counts: counts, sum: sum)
                }
            }
        }
        return output.text
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let name = MetricLabels.name(label)
        let series = series(name.hasSuffix("_total") ? name : name + "_total", dimensions) { .counter(CounterSeries()) }
        if case .counter(let counter) = series { return counter }
        return CounterSeries()
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        if case .gauge(let gauge) = series(MetricLabels.name(label), dimensions, { .gauge(GaugeSeries()) }) {
            return gauge
        }
        return GaugeSeries()
    }

    private func histogram(
        _ label: String, _ dimensions: [(String, String)], bounds: [Double]
    ) -> HistogramSeries {
        let series = series(MetricLabels.name(label), dimensions) { .histogram(HistogramSeries(bounds: bounds)) }
        if case .histogram(let histogram) = series { return histogram }
        return HistogramSeries(bounds: bounds)
    }

    /// The series of a metric and labels, made when it is new. A metric keeps the type it was first given: a series of
    /// another type under its name is counted by its owner and shown nowhere.
    private func series(_ name: String, _ dimensions: [(String, String)], _ make: () -> Series) -> Series {
        metrics.withLockedValue { metrics in
            let made = make()
            guard metrics.count < maximumMetrics || metrics[name] != nil else { return made }
            var metric = metrics[name] ?? Metric()
            if let first = metric.series.values.first, first.type != made.type { return made }
            var labels = MetricLabels(dimensions)
            if metric.series[labels] == nil, metric.series.count >= maximumSeries {
                labels = MetricLabels([("overflow", "true")])
            }
            let series = metric.series[labels] ?? made
            metric.series[labels] = series
            metrics[name] = metric
            return series
        }
    }
}
