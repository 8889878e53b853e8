/// The text format in which Prometheus reads metrics, version 0.0.4.
struct PrometheusText {
    /// The content type of the format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Starts a metric, whose samples follow.
    mutating func metric(_ name: String, type: String, help: String? = nil) {
        if let help { text += "# HELP \(name) \(help)\n" }
        text += "# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: MetricLabels = .none, _ value: Int) {
        text += "\(name)\(labels.text()) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: MetricLabels = .none, _ value: Double) {
        text += "\(name)\(labels.text()) \(PrometheusText.number(value))\n"
    }

    /// The samples of a histogram: buckets with the counts up to their bounds, sum and count.
    mutating func histogram(_ name: String, _ labels: MetricLabels, bounds: [Double], counts: [Int], sum: Double) {
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            text += "\(name)_bucket\(labels.text(adding: .init(name: "le", value: bound))) \(total)\n"
        }
        text += "\(name)_sum\(labels.text()) \(PrometheusText.number(sum))\n"
        text += "\(name)_count\(labels.text()) \(total)\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : "\(value)"
    }
}
