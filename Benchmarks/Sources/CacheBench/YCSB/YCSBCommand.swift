import ArgumentParser
import LoadDriver
import StrataCore

struct YCSBCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ycsb",
        abstract: "Puts the load of a YCSB core workload on a server that speaks RESP, or on the library itself.",
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

            With --in-process the clients are tasks in this process that call the library, with the levels of a \
            configuration file of cache-proxy's:

              cache-bench ycsb --workload B --in-process --config strata.yaml

            The exit code is 1 when a value was wrong, when the server can't be reached, or when no operation \
            succeeded.
            """)

    @OptionGroup var options: YCSBOptions

    mutating func run() async throws {
        let options = options
        let plan = options.plan(run: RunNumber.next())
        let phases = YCSBRun.phases(of: plan, loads: !options.skipLoad, runs: !options.loadOnly)
        guard !phases.isEmpty else {
            throw CleanExit.message("There is nothing to do: no load, no operations, and no --verify.")
        }
        do {
            let report = try await options.withTarget { target in
                try await YCSBRun(target: target, plan: plan, phases: phases).report { phase, progress, body in
                    try await ProgressBar(title: phase.rawValue, progress: progress).around(body)
                }
            }
            try conclude(report)
        } catch let error as LoadError {
            try fail(error.description)
        } catch let error as StrataError {
            try fail(error.description)
        }
    }

    private func fail(_ reason: String) throws {
        StandardStreams.writeError("cache-bench: \(reason)\n")
        throw ExitCode(1)
    }

    private func conclude(_ report: YCSBReport) throws {
        try options.output.show(report, as: report.table)
        for remark in report.remarks { StandardStreams.writeError("cache-bench: \(remark)\n") }
        if report.mismatches > 0 || !report.isAnythingDone { throw ExitCode(1) }
    }
}
