import LevelOne

/// A picture of hit ratios: a small chart per trace, with the engine's line among those of others.
struct HitRatioPicture {
    /// The engine's policy.
    var policy: String
    var series: [HitRatioSeries]

    private static let columns = 3
    private static let margin = 12.0
    private static let header = 62.0
    private static let styleSheet =
        """
        text { font: 11px sans-serif; fill: #333 } .heading { font-size: 16px; font-weight: bold } \
        .title { font-size: 12px; font-weight: bold } .grid { stroke: #ddd } .dot { fill: #b3123f } \
        polyline, .key { fill: none; stroke-width: 1.5 }
        """

    /// The picture as an SVG file.
    var svg: String {
        let columns = max(1, min(series.count, HitRatioPicture.columns))
        let rows = (series.count + columns - 1) / columns
        let width = 2 * HitRatioPicture.margin + Double(max(columns, 2)) * LineChart.size.width
        let height = HitRatioPicture.header + Double(rows) * LineChart.size.height + HitRatioPicture.margin
        var picture = SVGElement(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "width": width.fixed(0), "height": height.fixed(0),
                "viewBox": "0 0 \(width.fixed(0)) \(height.fixed(0))",
            ])
        picture.append(SVGElement("title", text: "Hit ratios of the \(policy) policy"))
        let styles = LineStyle.allCases.map { ".\($0.name) { \($0.rules) }" }.joined(separator: " ")
        picture.append(SVGElement("style", text: HitRatioPicture.styleSheet + " " + styles))
        picture.append(SVGElement("rect", ["width": "100%", "height": "100%", "fill": "white"]))
        for element in heading { picture.append(element) }
        for (index, series) in series.enumerated() {
            picture.append(
                chart(of: series).element(
                    x: HitRatioPicture.margin + Double(index % columns) * LineChart.size.width,
                    y: HitRatioPicture.header + Double(index / columns) * LineChart.size.height))
        }
        return picture.document
    }

    private func chart(of series: HitRatioSeries) -> LineChart {
        LineChart(
            title: series.trace,
            lines: LineStyle.allCases.map { style in
                LineChart.Line(
                    style: style,
                    points: series.points.compactMap { point in
                        point.ratio(of: style).map { (point.capacity, $0) }
                    })
            })
    }

    private var heading: [SVGElement] {
        let left = HitRatioPicture.margin
        var elements = [
            SVGElement(
                "text", ["class": "heading", "x": left.fixed(0), "y": "26"],
                text: "Hit ratio by capacity in entries, trace by trace")
        ]
        let shown = LineStyle.allCases.reversed().filter { style in
            series.contains { $0.points.contains { $0.ratio(of: style) != nil } }
        }
        for (index, style) in shown.enumerated() {
            let x = left + Double(index) * 165
            elements.append(
                SVGElement(
                    "line",
                    [
                        "class": "key \(style.name)", "x1": x.fixed(0), "y1": "44", "x2": (x + 24).fixed(0),
                        "y2": "44",
                    ]))
            elements.append(SVGElement("text", ["x": (x + 30).fixed(0), "y": "48"], text: name(of: style)))
        }
        return elements
    }

    private func name(of style: LineStyle) -> String {
        switch style {
        case .engine: "\(policy), this engine"
        case .lru: "LRU"
        case .best: "best of the others"
        case .optimum: "optimum (Belady)"
        }
    }
}

extension HitRatioSeries.Point {
    /// The hit ratio that a line of this style shows.
    fileprivate func ratio(of style: LineStyle) -> Double? {
        switch style {
        case .engine: engine
        case .lru: reference?.lru
        case .best: reference?.best
        case .optimum: reference?.optimum
        }
    }
}
