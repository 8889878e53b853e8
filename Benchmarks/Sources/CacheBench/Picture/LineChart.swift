#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A small chart: lines over a logarithmic axis of capacities, in percent.
struct LineChart {
    /// A line of the chart.
    struct Line {
        var style: LineStyle
        var points: [(x: Int, y: Double)]
    }

    static let size = (width: 300.0, height: 210.0)

    /// Where the lines are drawn; what is around it is for the title and the axes' labels.
    private static let plot = (left: 40.0, top: 28.0, width: 245.0, height: 145.0)

    var title: String
    var lines: [Line]

    /// The chart, to be placed at these coordinates.
    func element(x: Double, y: Double) -> SVGElement {
        var group = SVGElement("g", ["transform": "translate(\(x.fixed(1)) \(y.fixed(1)))"])
        group.append(
            SVGElement("text", ["x": LineChart.plot.left.fixed(1), "y": "18", "class": "title"], text: title))
        for element in horizontalAxis + verticalAxis { group.append(element) }
        for line in lines where !line.points.isEmpty {
            let points = line.points.map { "\(horizontal($0.x).fixed(1)),\(vertical($0.y).fixed(1))" }
            group.append(SVGElement("polyline", ["class": line.style.name, "points": points.joined(separator: " ")]))
            guard line.style == .engine else { continue }
            for point in line.points {
                group.append(
                    SVGElement(
                        "circle",
                        [
                            "class": "dot", "cx": horizontal(point.x).fixed(1), "cy": vertical(point.y).fixed(1),
                            "r": "2.5",
                        ],
                        children: [SVGElement("title", text: "\(point.x) entries: \(point.y.fixed(2)) %")]))
            }
        }
        return group
    }

    private var verticalAxis: [SVGElement] {
        [0, top / 2, top].flatMap { value in
            let y = vertical(value).fixed(1)
            return [
                SVGElement(
                    "line",
                    [
                        "class": "grid", "x1": LineChart.plot.left.fixed(1), "y1": y,
                        "x2": (LineChart.plot.left + LineChart.plot.width).fixed(1), "y2": y,
                    ]),
                SVGElement(
                    "text",
                    [
                        "x": (LineChart.plot.left - 5).fixed(1), "y": (vertical(value) + 3.5).fixed(1),
                        "text-anchor": "end",
                    ], text: "\(value.fixed(0)) %"),
            ]
        }
    }

    private var horizontalAxis: [SVGElement] {
        capacities.map { capacity in
            SVGElement(
                "text",
                [
                    "x": horizontal(capacity).fixed(1),
                    "y": (LineChart.plot.top + LineChart.plot.height + 16).fixed(1), "text-anchor": "middle",
                ], text: "\(capacity)")
        }
    }

    private var capacities: [Int] { Set(lines.flatMap { $0.points.map(\.x) }).sorted() }

    /// The highest value of the vertical axis: the least multiple of 20 that no line exceeds.
    private var top: Double {
        let highest = lines.flatMap { $0.points.map(\.y) }.max() ?? 0
        return max(20, (highest / 20).rounded(.up) * 20)
    }

    private func horizontal(_ capacity: Int) -> Double {
        let bounds = (log(Double(capacities.first ?? 1)), log(Double(capacities.last ?? 1)))
        let share = bounds.1 > bounds.0 ? (log(Double(capacity)) - bounds.0) / (bounds.1 - bounds.0) : 0.5
        // The outermost points keep a distance from the edges, so that their labels don't leave the chart.
        return LineChart.plot.left + LineChart.plot.width * (0.04 + 0.92 * share)
    }

    private func vertical(_ value: Double) -> Double {
        LineChart.plot.top + LineChart.plot.height * (1 - value / top)
    }
}

/// How a line looks, and what it stands for.
enum LineStyle: CaseIterable {
    case optimum, best, lru, engine

    /// The name of the style in the picture's style sheet.
    var name: String {
        switch self {
        case .optimum: "optimum"
        case .best: "best"
        case .lru: "lru"
        case .engine: "engine"
        }
    }

    /// What the style sheet says of it.
    var rules: String {
        switch self {
        case .optimum: "stroke: #999; stroke-dasharray: 2 3"
        case .best: "stroke: #e08a00; stroke-dasharray: 6 3"
        case .lru: "stroke: #3a7ca5"
        case .engine: "stroke: #b3123f; stroke-width: 2"
        }
    }
}
