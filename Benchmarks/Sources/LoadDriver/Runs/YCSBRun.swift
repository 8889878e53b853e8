/// A whole run: the load phase, the workload, and the check of every record, as far as they are asked for.
package struct YCSBRun: Sendable {
    package var target: any Target
    /// The plan of the run phase, from which those of the others follow.
    package var plan: PhasePlan
    /// In the order in which they run.
    package var phases: [Phase]

    package init(target: any Target, plan: PhasePlan, phases: [Phase]) {
        self.target = target
        self.plan = plan
        self.phases = phases
    }

    /// The phases that a plan comes to: the load and the workload as asked for, and the check when there is a ledger.
    package static func phases(of plan: PhasePlan, loads: Bool, runs: Bool) -> [Phase] {
        (loads ? [.load] : []) + (runs && plan.operations > 0 ? [.run] : []) + (plan.ledger != nil ? [.verify] : [])
    }

    /// The plan of a phase: the load and the check visit every record as fast as they can.
    package func plan(of phase: Phase) -> PhasePlan {
        var plan = plan
        plan.phase = phase
        if phase != .run {
            plan.operations = plan.records
            plan.rate = nil
        }
        return plan
    }

    /// Runs the phases.
    ///
    /// - Parameter observe: called around each phase with its progress, to show it.
    package func report(
        observe: (Phase, Progress, () async throws -> PhaseOutcome) async throws -> PhaseOutcome
    ) async throws -> YCSBReport {
        var reports: [PhaseReport] = []
        for phase in phases {
            let plan = plan(of: phase)
            let progress = Progress(total: plan.operations)
            let outcome = try await observe(phase, progress) { try await target.run(plan, progress: progress) }
            reports.append(PhaseReport(phase, outcome))
        }
        return YCSBReport(target: target.name, plan: plan, phases: reports)
    }
}
