import ArgumentParser
import LevelOne

struct FootprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footprint",
        abstract: "Measures what an entry of level 1 costs in resident memory: 16-byte keys, 100-byte values.",
        discussion: """
            What is counted is how much a process grows while it is filled, without what it takes when it is empty. With \
            --redis-server, a redis-server of the measurement's own, without persistence, is filled with the same entries \
            afterwards, and the ratio of the two is shown.
            """)

    @Option(help: "How many entries to fill level 1 with.")
    var entries = 1_000_000

    @Option(
        help: ArgumentHelp(
            "Measure this redis-server beside level 1: a path, or a name to be found in PATH.", valueName: "program"))
    var redisServer: String?

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        try require((1...1_000_000_000).contains(entries), "--entries is \(entries); give 1 to 10⁹")
    }

    mutating func run() async throws {
        let report = try await FootprintMeasurement(entries: entries, redisServer: redisServer).report {
            StandardStreams.showProgress("filling \($0)")
        }
        StandardStreams.showProgress("")
        try output.show(report, as: table(of: report).text)
    }

    private func table(of report: FootprintMeasurement.Report) -> TextTable {
        var table = TextTable(
            header: ["", "entries", "resident bytes", "bytes/entry", "accounted", "ratio"], leftColumns: 1)
        table.append([
            "level 1", "\(entries)", "\(report.residentBytes)", report.bytesPerEntry.fixed(1), "\(report.chargedBytes)",
            report.ratioToRedis?.fixed(3) ?? "",
        ])
        if let redis = report.redis {
            table.append([
                "redis-server", "\(entries)", "\(redis.residentBytes)", redis.bytesPerEntry.fixed(1), "", "1.000",
            ])
        }
        return table
    }
}
