import ArgumentParser
import LoadDriver
import NIOCore

struct YCSBCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ycsb",
        abstract: "Puts the load of a YCSB core workload on a server that speaks RESP.",
        discussion: """
            The load phase writes every record once; the run phase performs the workload's operations on records \
            drawn from YCSB's scrambled Zipfian distribution: A is 50 % reads and 50 % updates, B 95 % and 5 %, C \
            reads alone, F 50 % reads and 50 % read-modify-writes. Without --rate each client sends its next request \
            when it has an answer (a closed loop); with it, requests are due at fixed times and latency counts from \
            when a request was due.

            With --verify each value that is read is checked byte by byte, and against the writes that were \
            acknowledged before the read began; at the end every record is read back once. So this writes a million \
            records and reads and checks them all:

              cache-bench ycsb --workload C --address 127.0.0.1:6380 --records 1000000 --operations 0 --verify

            and this checks them again later, after a restart for instance:

              cache-bench ycsb --workload C --address 127.0.0.1:6380 --records 1000000 --operations 0 --skip-load \
            --verify

            The exit code is 1 when a value was wrong, when the server can't be reached, or when no operation \
            succeeded.
            """)

    @OptionGroup var options: YCSBOptions

    mutating func run() async throws {
        let plan = options.plan(run: RunNumber.current)
        let run = YCSBRun(
            target: RESPTarget(
                address: try options.serverAddress, threads: options.threadCount, timeout: .seconds(options.timeout)),
            plan: plan, loads: !options.skipLoad, runs: !options.loadOnly)
        guard !run.phases.isEmpty else {
            throw CleanExit.message("There is nothing to do: no load, no operations, and no --verify.")
        }
        let result: Result<YCSBReport, LoadError>
        do {
            result = .success(
                try await run.report { phase, progress, body in
                    try await ProgressBar(title: phase.rawValue, progress: progress).around(body)
                })
        } catch let error as LoadError {
            result = .failure(error)
        }
        try await run.target.shutdown()
        try conclude(result)
    }

    private func conclude(_ result: Result<YCSBReport, LoadError>) throws {
        switch result {
        case .failure(let error):
            StandardStreams.writeError("cache-bench: \(error)\n")
            throw ExitCode(1)
        case .success(let report):
            if options.json { try StandardStreams.printJSON(report) } else { print(report.table) }
            for remark in report.remarks { StandardStreams.writeError("cache-bench: \(remark)\n") }
            if report.mismatches > 0 || !report.isAnythingDone { throw ExitCode(1) }
        }
    }
}
