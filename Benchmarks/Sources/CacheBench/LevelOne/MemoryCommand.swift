import ArgumentParser
import LevelOne

struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Measures how many operations a second level 1 alone performs.",
        discussion: """
            16-byte keys, 100-byte values, keys drawn by a Zipf distribution of skew 0.99 before the measurement; a \
            read that misses puts. It measures after a warm-up of a fifth of the time, at most a second.
            """)

    @Option(help: "How many threads.")
    var threads = 1

    @Option(help: "How many keys there are.")
    var keys = 1_000_000

    @Option(help: "How many entries fit.")
    var capacity = 100_000

    @Option(help: "How many of a hundred accesses write.")
    var writePercent = 5.0

    @Option(help: ArgumentHelp("How long to measure.", valueName: "seconds"))
    var seconds = 5.0

    @Option(
        help: """
            How level 1 is used: borrowed (raw bytes, read in place), bytes (raw bytes as arrays) or typed (a struct of \
            100 bytes).
            """)
    var use = MemoryUse.borrowed

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        try require((1...1024).contains(threads), "--threads is \(threads); give 1 to 1024")
        try require((1...1_000_000_000).contains(keys), "--keys is \(keys); give 1 to 10⁹")
        try require((16...1_000_000_000).contains(capacity), "--capacity is \(capacity); give 16 to 10⁹ entries")
        try require((0...100).contains(writePercent), "--write-percent is \(writePercent); give 0 to 100")
        try require(seconds > 0 && seconds <= 86_400, "--seconds is \(seconds); give more than 0, at most 86400")
    }

    mutating func run() async throws {
        var measurement = ThroughputMeasurement(
            threads: threads, keys: keys, capacity: capacity, writePercent: writePercent, duration: .seconds(seconds))
        measurement.use = use
        let report = try await measurement.report()
        var table = TextTable(
            header: ["use", "threads", "keys", "capacity", "writes", "operations/s", "hit ratio"], leftColumns: 1)
        table.append([
            use.rawValue, "\(threads)", "\(keys)", "\(capacity)", "\(writePercent.fixed(0)) %",
            report.operationsPerSecond.fixed(0),
            "\((report.hitRatio * 100).fixed(2)) %",
        ])
        try output.show(report, as: table.text)
    }
}

extension MemoryUse: ExpressibleByArgument {}
