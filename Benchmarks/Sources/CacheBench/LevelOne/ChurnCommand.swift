import ArgumentParser
import LevelOne

struct ChurnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "churn",
        abstract: "Measures how far a process grows beyond level 1's capacity while unique keys pass through.",
        discussion: "16-byte keys, values of 0 to 200 bytes; far more of them than fit.")

    @Option(help: "How many keys pass through.")
    var keys = 10_000_000

    @Option(help: "Level 1's capacity, in MiB.")
    var capacityMib = 256

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        try require((1...1_000_000_000).contains(keys), "--keys is \(keys); give 1 to 10⁹")
        try require((1...1 << 20).contains(capacityMib), "--capacity-mib is \(capacityMib); give 1 to 1,048,576")
    }

    mutating func run() throws {
        let report = try ChurnMeasurement(keys: keys, capacityBytes: capacityMib << 20).report()
        var table = TextTable(
            header: ["keys", "capacity", "entries", "accounted", "resident bytes", "ratio"], leftColumns: 0)
        table.append([
            "\(report.keys)", "\(report.capacityBytes)", "\(report.entries)", "\(report.chargedBytes)",
            "\(report.residentBytes)", report.ratioToCapacity.fixed(3),
        ])
        try output.show(report, as: table.text)
    }
}
