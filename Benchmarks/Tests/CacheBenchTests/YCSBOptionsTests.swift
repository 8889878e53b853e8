import ArgumentParser
import LoadDriver
import Testing

@testable import CacheBench

@Suite struct YCSBOptionsTests {
    private let required = ["--workload", "A", "--address", "127.0.0.1:6380"]

    @Test func readsEveryOption() throws {
        let options = try YCSBOptions.parse([
            "--workload", "f", "--address", "[::1]:7000", "--records", "10", "--operations", "20", "--clients", "3",
            "--rate", "1000", "--verify", "--json", "--pipeline", "4", "--value-bytes", "64", "--skip-load", "--seed",
            "9", "--theta", "0.5", "--threads", "8", "--timeout", "5",
        ])
        let plan = options.plan(run: 3)
        #expect(plan.workload == .f && plan.records == 10 && plan.operations == 20 && plan.clients == 3)
        #expect(plan.rate == 1000 && plan.depth == 4 && plan.valueBytes == 64 && plan.seed == 9 && plan.run == 3)
        #expect(plan.ledger?.run == 3)
        #expect(try options.serverAddress == ServerAddress("[::1]:7000"))
        #expect(options.threadCount == 3, "no more threads than clients")
        #expect(options.output.json && options.skipLoad && !options.loadOnly && options.timeout == 5)
    }

    @Test func isAClosedLoopWithoutChecksByDefault() throws {
        let plan = try YCSBOptions.parse(required).plan(run: 1)
        #expect(plan.rate == nil && plan.ledger == nil && plan.depth == 1 && plan.valueBytes == 100)
    }

    @Test(arguments: [
        (["--records", "0"], "--records"), (["--operations", "-1"], "--operations"), (["--clients", "0"], "--clients"),
        (["--rate", "0"], "--rate"), (["--theta", "1"], "--theta"), (["--pipeline", "0"], "--pipeline"),
        (["--value-bytes", "0"], "--value-bytes"), (["--value-bytes", "23", "--verify"], "give 24 to"),
        (["--threads", "0"], "--threads"), (["--timeout", "0"], "--timeout"),
        (["--load-only", "--skip-load"], "exclude each other"), (["--workload", "D"], "'A', 'B', 'C' or 'F'"),
        (["--address", "6380"], "HOST:PORT"), (["--unknown"], "--unknown"),
    ])
    func refusesWhatCannotWork(extra: [String], said: String) {
        let error = #expect(throws: (any Error).self) { try YCSBOptions.parse(required + extra) }
        #expect(error.map { YCSBOptions.fullMessage(for: $0, columns: 200) }?.contains(said) == true)
    }

    @Test func callsTheLibraryInThisProcess() throws {
        let options = try YCSBOptions.parse(["--workload", "A", "--in-process", "--config", "strata.yaml"])
        #expect(options.inProcess && options.config == "strata.yaml" && options.plan(run: 1).depth == 1)
    }

    @Test(arguments: [
        (["--in-process"], "needs --config"), (["--config", "f"], "--config is for --in-process"),
        (["--in-process", "--config", "f", "--address", "127.0.0.1:1"], "exclude each other"),
        (["--in-process", "--config", "f", "--pipeline", "2"], "no pipeline"), ([], "--address HOST:PORT, or"),
    ])
    func refusesTargetsThatCannotWork(arguments: [String], said: String) {
        let error = #expect(throws: (any Error).self) { try YCSBOptions.parse(["--workload", "A"] + arguments) }
        #expect(error.map { YCSBOptions.fullMessage(for: $0, columns: 200) }?.contains(said) == true)
    }

    @Test func needsAWorkload() {
        #expect(throws: (any Error).self) { try YCSBOptions.parse(["--address", "127.0.0.1:1"]) }
    }
}
