import ArgumentParser
import LevelOne
import LoadDriver

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Measures how long a read of level 1 waits while a writer fills it tenfold beyond its capacity.",
        discussion: """
            One thread times every read, of 16-byte keys drawn by a Zipf distribution of skew 0.99; another puts ten times \
            as many entries of 100 bytes into an empty level as fit. In turn with that, an empty loop with the same clock \
            reads is timed, while the other thread is as busy: what the machine itself does shows there, and the \
            difference of the 99.99th percentiles is the level's own.
            """)

    @Option(help: "How many entries fit.")
    var capacity = 200_000

    @Option(help: "How often to fill a level anew.")
    var rounds = 3

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        try require((16...50_000_000).contains(capacity), "--capacity is \(capacity); give 16 to 50000000 entries")
        try require((1...1000).contains(rounds), "--rounds is \(rounds); give 1 to 1000")
    }

    mutating func run() async throws {
        let report = try await PauseMeasurement(capacity: capacity, rounds: rounds).report {
            StandardStreams.showProgress("round \($0) of \(rounds)")
        }
        StandardStreams.showProgress("")
        var table = TextTable(header: ["", "samples", "p50 µs", "p99 µs", "p99.99 µs", "max µs"], leftColumns: 1)
        for (name, summary) in [("get", report.get), ("empty loop", report.emptyLoop)] {
            table.append([
                name, "\(summary.operations)", summary.p50Microseconds.fixed(2), summary.p99Microseconds.fixed(2),
                summary.p9999Microseconds.fixed(2), summary.maxMicroseconds.fixed(1),
            ])
        }
        table.append(["difference", "", "", "", report.p9999DifferenceMicroseconds.fixed(2)])
        try output.show(report, as: table.text)
    }
}
