import ArgumentParser
import LoadDriver

/// The options of `cache-bench ycsb`.
struct YCSBOptions: ParsableArguments {
    @Option(help: "The mix of operations: A, B, C or F.")
    var workload: Workload

    @Option(help: ArgumentHelp("The server, as HOST:PORT; an IPv6 address in brackets.", valueName: "host:port"))
    var address: String?

    @Flag(help: "Call the library in this process instead of a server, with the levels that --config describes.")
    var inProcess = false

    @Option(help: ArgumentHelp("The configuration file for --in-process, as cache-proxy has it.", valueName: "file"))
    var config: String?

    @Option(help: "How many records there are.")
    var records = 100_000

    @Option(help: "How many operations the run phase has, over all clients.")
    var operations = 100_000

    @Option(help: "How many clients there are, each with a connection of its own, or a task.")
    var clients = 16

    @Option(help: "Operations per second over all clients (an open loop); without it, as many as the server answers.")
    var rate: Double?

    @Option(help: "How many requests a client has under way at once; 1 with --in-process.")
    var pipeline = 1

    @Option(help: "The length of each value; at least 24 with --verify.")
    var valueBytes = 100

    @Option(help: "The skew of the Zipfian distribution, above 0 and below 1.")
    var theta = 0.99

    @Option(help: "The seed from which every random choice of the run follows.")
    var seed: UInt64 = 1

    @Option(help: "How many threads drive the clients of a server; by default half the machine's processors.")
    var threads: Int?

    @Option(help: ArgumentHelp("How long a server may owe an answer.", valueName: "seconds"))
    var timeout: Int64 = 30

    @Flag(help: "Write the records and perform no operations.")
    var loadOnly = false

    @Flag(help: "Take the records for written by an earlier run.")
    var skipLoad = false

    @Flag(help: "Check every value that is read, and read every record back at the end.")
    var verify = false

    @OptionGroup var output: OutputOptions
}
