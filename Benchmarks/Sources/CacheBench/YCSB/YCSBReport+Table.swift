import LoadDriver

extension YCSBReport {
    /// The report for people: one line per phase and kind of operation.
    var table: String {
        var table = TextTable(
            header: [
                "phase", "kind", "operations", "ops/s", "mean µs", "p50", "p95", "p99", "p99.9", "max", "errors",
                "mismatches",
            ], leftColumns: 2)
        for phase in phases {
            for (kind, summary) in phase.kinds.sorted(by: { $0.key < $1.key }) {
                table.append([phase.phase, kind, "\(summary.operations)", ""] + cells(summary.latency))
            }
            table.append(
                [phase.phase, "all", "\(phase.operations)", phase.operationsPerSecond.fixed(0)] + cells(phase.latency)
                    + [
                        "\(phase.errors)", "\(phase.mismatches)",
                    ])
        }
        let loop = rate.map { "open loop at \($0.fixed(0)) operations/s" } ?? "closed loop"
        return
            "\(target), workload \(workload), \(records) records, \(clients) clients, pipeline \(pipeline), \(loop)\n"
            + table.text
    }

    /// What a reader must not overlook: errors, missing records and wrong values, each with examples.
    var remarks: [String] {
        phases.flatMap { phase in
            var remarks: [String] = []
            if let error = phase.firstError {
                remarks.append("\(phase.phase): \(phase.errors) errors, the first: \(error)")
            }
            if phase.notFound > 0 { remarks.append("\(phase.phase): \(phase.notFound) reads found nothing") }
            if phase.mismatches > 0 {
                remarks.append("\(phase.phase): \(phase.mismatches) mismatches, the first:")
                remarks += phase.firstMismatches.map { "  \($0)" }
            }
            return remarks
        }
    }

    private func cells(_ latency: LatencyDistribution) -> [String] {
        [
            latency.meanMicroseconds, latency.p50Microseconds, latency.p95Microseconds, latency.p99Microseconds,
            latency.p999Microseconds, latency.maxMicroseconds,
        ].map { $0.fixed(1) }
    }
}
