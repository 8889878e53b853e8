/// What a YCSB run came to: the numbers of its main phase at the top, those of every phase below.
package struct YCSBReport: Encodable, Hashable, Sendable {
    package var target: String
    package var workload: String
    package var records: Int
    package var clients: Int
    package var pipeline: Int
    /// The rate asked for; absent in a closed loop.
    package var rate: Double?
    /// In the order in which they ran, at least one.
    package var phases: [PhaseReport]

    /// - Parameter phases: at least one, in the order in which they ran.
    package init(target: String, plan: PhasePlan, phases: [PhaseReport]) {
        precondition(!phases.isEmpty, "a run has at least one phase")
        self.target = target
        workload = plan.workload.rawValue
        records = plan.records
        clients = plan.clients
        pipeline = plan.depth
        rate = plan.rate
        self.phases = phases
    }

    /// The phase whose speed and latencies are the run's.
    package var main: PhaseReport { phases.first { $0.phase == Phase.run.rawValue } ?? phases[0] }
    /// Over all phases.
    package var errors: Int { phases.reduce(0) { $0 + $1.errors } }
    /// Over all phases.
    package var notFound: Int { phases.reduce(0) { $0 + $1.notFound } }
    /// Over all phases.
    package var mismatches: Int { phases.reduce(0) { $0 + $1.mismatches } }

    /// Whether any operation succeeded.
    package var isAnythingDone: Bool {
        phases.contains { $0.operations > $0.errors }
    }

    private enum CodingKeys: CodingKey {
        case target, workload, records, clients, pipeline, rate, operationsPerSecond, errors, notFound, mismatches
        case phases
    }

    package func encode(to encoder: any Encoder) throws {
        try main.latency.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(target, forKey: .target)
        try container.encode(workload, forKey: .workload)
        try container.encode(records, forKey: .records)
        try container.encode(clients, forKey: .clients)
        try container.encode(pipeline, forKey: .pipeline)
        try container.encodeIfPresent(rate, forKey: .rate)
        try container.encode(main.operationsPerSecond, forKey: .operationsPerSecond)
        try container.encode(errors, forKey: .errors)
        try container.encode(notFound, forKey: .notFound)
        try container.encode(mismatches, forKey: .mismatches)
        try container.encode(phases, forKey: .phases)
    }
}
