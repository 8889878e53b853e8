import Synchronization

/// The proxy's own metrics, read when they are asked for.
struct ProxyMetrics: Sendable {
    let server: ProxyContext
    let factory: PrometheusMetricsFactory?

    /// Everything in the Prometheus text format. Holds no key and no value.
    func text() -> String {
        var output = PrometheusText()
        let counts = server.levels()
        let levels = counts.byName
        output.metric("strata_hits_total", type: "counter", help: "Keys that a level answered, absent ones included.")
        for (name, count) in levels {
            output.sample("strata_hits_total", MetricLabels([("level", name)]), Double(count.hits))
        }
        output.metric("strata_misses_total", type: "counter", help: "Keys that a level knew nothing of.")
        for (name, count) in levels {
            output.sample("strata_misses_total", MetricLabels([("level", name)]), Double(count.misses))
        }
        output.metric("strata_stale_total", type: "counter", help: "Values served beyond their time in memory.")
        output.sample("strata_stale_total", .none, Double(counts.stale))
        output.metric("strata_proxy_clients", type: "gauge", help: "Redis clients connected now.")
        output.sample("strata_proxy_clients", .none, server.clients.count)
        output.metric("process_resident_memory_bytes", type: "gauge", help: "Memory of the process that is in use.")
        output.sample("process_resident_memory_bytes", .none, InfoReport.residentBytes)
        let statistics = server.statistics
        for (name, help, value) in [
            ("connections", "Redis clients accepted.", statistics.connections.load(ordering: .relaxed)),
            (
                "rejected_connections", "Redis clients refused because there were too many.",
                statistics.rejectedConnections.load(ordering: .relaxed)
            ),
            ("requests", "Requests of Redis clients.", statistics.requests.load(ordering: .relaxed)),
            ("received_bytes", "Bytes of requests.", statistics.receivedBytes.load(ordering: .relaxed)),
            ("sent_bytes", "Bytes of replies.", statistics.sentBytes.load(ordering: .relaxed)),
            (
                "protocol_errors", "Connections closed because of bytes that are no request.",
                statistics.protocolErrors.load(ordering: .relaxed)
            ),
            (
                "slow_readers", "Connections closed because replies were not taken.",
                statistics.disconnectedSlowReaders.load(ordering: .relaxed)
            ),
            (
                "timeouts", "Connections closed because requests did not come.",
                statistics.timedOutConnections.load(ordering: .relaxed)
            ),
        ] {
            output.metric("strata_proxy_\(name)_total", type: "counter", help: help)
            output.sample("strata_proxy_\(name)_total", .none, value)
        }
        return output.text + (factory?.text() ?? "")
    }
}
