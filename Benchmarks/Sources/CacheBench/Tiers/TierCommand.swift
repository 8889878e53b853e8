import ArgumentParser
import Tiers

struct TierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tier",
        abstract: "Measures one level below memory by itself: Redis or a Postgres shard.",
        discussion: """
            Loads keys of 16 bytes with values of 100 bytes, then tasks do one operation after the other on random keys, \
            without a level above. It measures after a warm-up of a fifth of the time, at most a second. The database \
            has to be one that may be written to: keys beginning with bench: in Redis, the schema strata in Postgres.
            """)

    @Option(help: "The server: redis://HOST:PORT or postgresql://USER@HOST:PORT/DATABASE.")
    var url: String

    @Option(help: "How many tasks.")
    var tasks = 64

    @Option(help: "How many connections they share.")
    var connections = 1

    @Option(help: ArgumentHelp("How long to measure.", valueName: "seconds"))
    var seconds = 5.0

    @Option(help: "How many keys there are.")
    var keys = 10_000

    @Option(
        help: """
            Where the tasks run: global (Swift's pool), loop (an event loop, for Redis the connections' own) or reactor \
            (the thread of the Postgres connections).
            """)
    var executor = TaskPlacement.global

    @Option(help: "What they do: read, write, or get (a bare GET of Redis, without the tier's envelopes).")
    var operation = TierOperation.read

    @OptionGroup var output: OutputOptions

    var measurement: TierMeasurement {
        var measurement = TierMeasurement(
            url: url, tasks: tasks, connections: connections, keys: keys, duration: .seconds(seconds),
            placement: executor)
        measurement.operation = operation
        return measurement
    }

    mutating func validate() throws {
        let isRedis = measurement.isRedis
        try require(isRedis != nil, "--url begins with redis://, redis+unix:// or postgresql://")
        try require((1...4096).contains(tasks), "--tasks is \(tasks); give 1 to 4096")
        try require((1...1024).contains(connections), "--connections is \(connections); give 1 to 1024")
        try require((1...10_000_000).contains(keys), "--keys is \(keys); give 1 to 10⁷")
        try require(seconds > 0 && seconds <= 86_400, "--seconds is \(seconds); give more than 0, at most 86400")
        try require(executor != .reactor || isRedis == false, "--executor reactor is for Postgres; give loop or global")
        try require(operation != .get || isRedis == true, "--operation get is for Redis; give read or write")
    }

    mutating func run() async throws {
        let report = try await measurement.report()
        var table = TextTable(
            header: [
                "executor", "operation", "tasks", "connections", "operations/s", "CPU µs/op", "p50 µs", "p99 µs",
            ], leftColumns: 2)
        table.append([
            executor.rawValue, operation.rawValue, "\(tasks)", "\(connections)",
            report.operationsPerSecond.fixed(0), report.cpuMicrosecondsPerOperation.fixed(2),
            report.p50Microseconds.fixed(1), report.p99Microseconds.fixed(1),
        ])
        try output.show(report, as: table.text)
    }
}

extension TaskPlacement: ExpressibleByArgument {}
extension TierOperation: ExpressibleByArgument {}
