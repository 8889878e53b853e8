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
            reference.csv, the table shows other policies' hit ratios beside the engine's, and so does the picture: an SVG \
            file with a small chart per trace.
            """)

    @Option(help: ArgumentHelp("The directory with the traces.", valueName: "directory"))
    var traces: String

    @Option(
        help: "How the engine chooses what to drop: \(HitRatioCommand.policyNames).", transform: HitRatioCommand.policy)
    var policy = EvictionPolicyName.adaptive

    @Option(help: ArgumentHelp("Draw the hit ratios into this SVG file.", valueName: "file"))
    var picture: String?

    @OptionGroup var output: OutputOptions

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
        let reference = try reference
        if let picture {
            let svg = HitRatioPicture(
                policy: policy.rawValue, series: HitRatioSeries.all(of: reports, beside: reference)
            ).svg
            do {
                try svg.write(toFile: picture, atomically: true, encoding: .utf8)
            } catch {
                throw LevelOneError("\(picture) can't be written; check the path and its permissions")
            }
        }
        try output.show(reports, as: table(of: reports, beside: reference).text)
    }

    /// Other policies' hit ratios, when the directory has them.
    private var reference: ReferenceRatios? {
        get throws {
            let file = URL(fileURLWithPath: traces).appendingPathComponent("reference.csv")
            return try (try? String(contentsOf: file, encoding: .utf8)).map(ReferenceRatios.init(csv:))
        }
    }

    /// One line per replay and one of their means, with the reference's columns where there is a reference.
    private func table(of reports: [TraceReplay.Report], beside reference: ReferenceRatios?) -> TextTable {
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
