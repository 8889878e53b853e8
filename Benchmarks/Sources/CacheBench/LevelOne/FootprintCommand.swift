import ArgumentParser
import LevelOne

struct FootprintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footprint",
        abstract: "Measures what an entry of level 1 costs in resident memory: 16-byte keys, 100-byte values.")

    @Option(help: "How many entries to fill level 1 with.")
    var entries = 1_000_000

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func validate() throws {
        guard (1...1_000_000_000).contains(entries) else {
            throw ValidationError("--entries is \(entries); give 1 to 10⁹")
        }
    }

    mutating func run() throws {
        let report = try FootprintMeasurement(entries: entries).report()
        if json { return try StandardStreams.printJSON(report) }
        var table = TextTable(header: ["entries", "resident bytes", "bytes/entry", "accounted"], leftColumns: 0)
        table.append([
            "\(entries)", "\(report.residentBytes)", report.bytesPerEntry.fixed(1), "\(report.chargedBytes)",
        ])
        print(table.text)
    }
}
