/// What a YCSB run came to: the numbers of its main phase at the top, those of every phase below.
package struct YCSBReport: Codable, Hashable, Sendable {
    package var target: String
    package var workload: String
    package var records: Int
    package var clients: Int
    package var pipeline: Int
    /// The rate asked for; absent in a closed loop.
    package var rate: Double?
    package var operationsPerSecond: Double
    package var meanMicroseconds: Double
    package var p50Microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var p999Microseconds: Double
    package var maxMicroseconds: Double
    /// Over all phases.
    package var errors: Int
    /// Over all phases.
    package var notFound: Int
    /// Over all phases.
    package var mismatches: Int
    package var phases: [PhaseReport]

    /// - Parameter phases: at least one, in the order in which they ran.
    package init(target: String, plan: PhasePlan, phases: [PhaseReport]) {
        guard let main = phases.first(where: { $0.phase == Phase.run.rawValue }) ?? phases.first else {
            preconditionFailure("a run has at least one phase")
        }
        self.target = target
        workload = plan.workload.rawValue
        records = plan.records
        clients = plan.clients
        pipeline = plan.depth
        rate = plan.rate
        operationsPerSecond = main.operationsPerSecond
        meanMicroseconds = main.meanMicroseconds
        p50Microseconds = main.p50Microseconds
        p95Microseconds = main.p95Microseconds
        p99Microseconds = main.p99Microseconds
        p999Microseconds = main.p999Microseconds
        maxMicroseconds = main.maxMicroseconds
        errors = phases.reduce(0) { $0 + $1.errors }
        notFound = phases.reduce(0) { $0 + $1.notFound }
        mismatches = phases.reduce(0) { $0 + $1.mismatches }
        self.phases = phases
    }

    /// Whether any operation succeeded.
    package var isAnythingDone: Bool {
        phases.contains { $0.operations > $0.errors }
    }
}
