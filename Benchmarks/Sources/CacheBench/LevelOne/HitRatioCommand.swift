import ArgumentParser
import LevelOne
import StrataMemory

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct HitRatioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hit-ratio",
        abstract: "Replays access traces through the level-1 engine.",
        discussion: """
            Every *.u32 file of the directory (little-endian 32-bit key numbers) is replayed at 1, 5, 10 and 25 % of \
            its unique keys, rounded down, at least 16, with entries of one size. When the directory has a \
            reference.csv, the table shows other policies' hit ratios beside the engine's.
            """)

    @Option(help: ArgumentHelp("The directory with the traces.", valueName: "directory"))
    var traces: String

    @Option(
        help: "How the engine chooses what to drop: \(HitRatioCommand.policyNames).", transform: HitRatioCommand.policy)
    var policy = EvictionPolicyName.adaptive

    @Flag(help: "Print one JSON array.")
    var json = false

    mutating func run() throws {
        let files = try Trace.files(in: traces)
        var reports: [TraceReplay.Report] = []
        for file in files {
            let trace = try Trace(contentsOf: file)
            for capacity in trace.capacities {
                StandardStreams.showProgress("\(trace.name) at \(capacity) entries")
                reports.append(try TraceReplay(trace: trace, capacity: capacity, policy: policy).report())
            }
        }
        StandardStreams.showProgress("")
        if json { return try StandardStreams.printJSON(reports) }
        print(try table(of: reports).text)
    }

    /// One line per replay and one of their means, with the reference's columns where there is a reference.
    private func table(of reports: [TraceReplay.Report]) throws -> TextTable {
        let file = URL(fileURLWithPath: traces).appendingPathComponent("reference.csv")
        let reference = try (try? String(contentsOf: file, encoding: .utf8)).map(ReferenceRatios.init(csv:))
        let policies = reference?.policies ?? []
        var table = TextTable(header: ["trace", "capacity", policy.rawValue] + policies, leftColumns: 1)
        var sums = [Double](repeating: 0, count: policies.count)
        var isComplete = true
        for report in reports {
            let others = reference?.ratios(trace: report.trace, capacity: report.capacity)
            if let others { for index in sums.indices { sums[index] += others[index] } } else { isComplete = false }
            table.append(
                [report.trace, "\(report.capacity)", report.hitRatio.fixed(2)] + (others ?? []).map { $0.fixed(2) })
        }
        let count = Double(reports.count)
        let mean = reports.reduce(0) { $0 + $1.hitRatio } / count
        table.append(["mean", "", mean.fixed(2)] + (isComplete ? sums.map { ($0 / count).fixed(2) } : []))
        return table
    }
}

extension HitRatioCommand {
    static let policyNames = EvictionPolicyName.allCases.map(\.rawValue).joined(separator: ", ")

    static func policy(_ name: String) throws -> EvictionPolicyName {
        guard let policy = EvictionPolicyName(rawValue: name) else {
            throw ValidationError("'\(name)' is no policy of the engine's; give one of \(policyNames)")
        }
        return policy
    }
}
