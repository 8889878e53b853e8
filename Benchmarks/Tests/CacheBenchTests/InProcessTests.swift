import ArgumentParser
import Foundation
import LoadDriver
import StrataCore
import Testing

@testable import CacheBench

/// Runs on levels that a configuration file describes.
@Suite struct InProcessTests {
    /// Writes a configuration, its `DIRECTORY` replaced, into a directory that is there while the body runs.
    private func withConfiguration<Result>(
        _ text: String, _ body: (_ file: String) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ycsb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("strata.yaml")
        try text.replacing("DIRECTORY", with: directory.path).write(to: file, atomically: true, encoding: .utf8)
        return try await body(file.path)
    }

    private func report(_ file: String, _ arguments: [String]) async throws -> YCSBReport {
        let options = try YCSBOptions.parse(
            [
                "--workload", "A", "--in-process", "--config", file, "--records", "100", "--operations", "300",
                "--verify",
            ]
                + arguments)
        let plan = options.plan(run: RunNumber.next())
        let phases = YCSBRun.phases(of: plan, loads: !options.skipLoad, runs: !options.loadOnly)
        return try await options.withTarget { target in
            try await YCSBRun(target: target, plan: plan, phases: phases).report { _, _, body in try await body() }
        }
    }

    @Test func memoryAloneKeepsWhatWasWritten() async throws {
        let outcome = try await withConfiguration("memory: { capacity: 8MiB }\nstore: none\n") { file in
            try await report(file, [])
        }
        #expect(outcome.errors == 0 && outcome.mismatches == 0 && outcome.phases.count == 3)
        #expect(outcome.target.hasPrefix("in process by ") && outcome.target.hasSuffix("strata.yaml"))
    }

    @Test func theEmbeddedStoreKeepsItForTheNextRun() async throws {
        try await withConfiguration("store: { embedded: { path: DIRECTORY/data, shards: 2 } }\n") { file in
            let first = try await report(file, ["--load-only"])
            #expect(first.errors == 0 && first.mismatches == 0 && first.phases.map(\.phase) == ["load", "verify"])
            let second = try await report(file, ["--skip-load", "--operations", "0"])
            #expect(second.mismatches == 0 && second.notFound == 0 && second.phases.map(\.phase) == ["verify"])
        }
    }

    @Test func aConfigurationThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: StrataError.self) { try await report("/nonexistent.yaml", []) }
        #expect(error?.description.contains("/nonexistent.yaml") == true)
    }
}
