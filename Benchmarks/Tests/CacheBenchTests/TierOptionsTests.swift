import ArgumentParser
import Testing
import Tiers

@testable import CacheBench

@Suite struct TierOptionsTests {
    @Test func readsEveryOption() throws {
        let tier = try TierCommand.parse([
            "--url", "postgresql://u@h/d", "--tasks", "8", "--connections", "2", "--seconds", "0.5", "--keys", "50",
            "--executor", "reactor", "--operation", "write", "--json",
        ])
        #expect(tier.tasks == 8 && tier.connections == 2 && tier.seconds == 0.5 && tier.keys == 50)
        #expect(tier.executor == .reactor && tier.operation == .write && tier.output.json)
        #expect(tier.measurement.isRedis == false)
        let redis = try TierCommand.parse(["--url", "redis://127.0.0.1:6379", "--operation", "get"])
        #expect(redis.measurement.isRedis == true && redis.tasks == 64 && redis.executor == .global)
    }

    @Test(arguments: [
        [], ["--url", "http://h"], ["--url", "redis://h", "--tasks", "0"], ["--url", "redis://h", "--keys", "0"],
        ["--url", "redis://h", "--connections", "0"], ["--url", "redis://h", "--seconds", "0"],
        ["--url", "redis://h", "--executor", "reactor"], ["--url", "postgresql://h/d", "--operation", "get"],
        ["--url", "redis://h", "--executor", "moon"],
    ])
    func refusesWhatCannotWork(arguments: [String]) {
        #expect(throws: (any Error).self) { try CacheBenchCommand.parseAsRoot(["tier"] + arguments) }
    }
}
