/// The hit ratios of one trace over its capacities: the engine's, and what the reference tells to compare it with.
package struct HitRatioSeries: Hashable, Sendable {
    /// The hit ratios at one capacity, in percent.
    package struct Point: Hashable, Sendable {
        package var capacity: Int
        package var engine: Double
        /// What the reference says of the same trace and capacity; nil when it doesn't have them.
        package var reference: Reference?
    }

    /// What other policies reach, in percent.
    package struct Reference: Hashable, Sendable {
        package var lru: Double?
        /// The best policy's that doesn't know the future.
        package var best: Double?
        /// That of the policy that does.
        package var optimum: Double?
    }

    package var trace: String
    /// In ascending order of the capacities, each capacity once.
    package var points: [Point]

    /// The series of reports, in the order in which their traces first come.
    package static func all(of reports: [TraceReplay.Report], beside reference: ReferenceRatios?) -> [HitRatioSeries] {
        var series: [HitRatioSeries] = []
        for report in reports {
            if series.last?.trace != report.trace { series.append(HitRatioSeries(trace: report.trace, points: [])) }
            let last = series.count - 1
            guard series[last].points.last?.capacity != report.capacity else { continue }
            series[last].points.append(
                Point(
                    capacity: report.capacity, engine: report.hitRatio,
                    reference: reference?.comparison(trace: report.trace, capacity: report.capacity)))
        }
        return series
    }
}

extension ReferenceRatios {
    /// The policies of the table that are not compared with as policies: Belady's knows the future.
    package static let optimum = "Belady"

    /// What to compare the engine with on a trace at a capacity, or nil when the table doesn't have them.
    func comparison(trace: String, capacity: Int) -> HitRatioSeries.Reference? {
        guard let ratios = ratios(trace: trace, capacity: capacity) else { return nil }
        func ratio(_ policy: String) -> Double? { policies.firstIndex(of: policy).map { ratios[$0] } }
        let others = zip(policies, ratios).filter { $0.0 != ReferenceRatios.optimum }
        return HitRatioSeries.Reference(
            lru: ratio("LRU"), best: others.map(\.1).max(), optimum: ratio(ReferenceRatios.optimum))
    }
}
