import ArgumentParser
import LevelOne
import StrataMemory
import Testing

@testable import CacheBench

@Suite struct LevelOneOptionsTests {
    @Test func readsEveryOption() throws {
        let memory = try MemoryCommand.parse([
            "--threads", "2", "--keys", "100", "--capacity", "50", "--write-percent", "7.5", "--seconds", "0.5",
            "--use", "typed", "--json",
        ])
        #expect(memory.threads == 2 && memory.keys == 100 && memory.capacity == 50)
        #expect(memory.writePercent == 7.5 && memory.seconds == 0.5 && memory.use == .typed && memory.output.json)
        let footprint = try FootprintCommand.parse(["--entries", "9", "--redis-server", "/r"])
        #expect(footprint.entries == 9 && footprint.redisServer == "/r")
        #expect(try FootprintCommand.parse([]).redisServer == nil)
        let churn = try ChurnCommand.parse(["--keys", "5", "--capacity-mib", "2"])
        #expect(churn.keys == 5 && churn.capacityMib == 2)
        let pause = try PauseCommand.parse(["--capacity", "99", "--rounds", "7"])
        #expect(pause.capacity == 99 && pause.rounds == 7)
        let hitRatio = try HitRatioCommand.parse(["--traces", "/t", "--policy", "lru", "--picture", "p.svg"])
        #expect(hitRatio.traces == "/t" && hitRatio.policy == .lru && hitRatio.picture == "p.svg")
        #expect(try HitRatioCommand.parse(["--traces", "/t"]).policy == .adaptive)
    }

    @Test(arguments: [
        ["memory", "--threads", "0"], ["memory", "--keys", "0"], ["memory", "--capacity", "1"],
        ["memory", "--write-percent", "101"], ["memory", "--seconds", "0"], ["memory", "--use", "abused"],
        ["footprint", "--entries", "0"], ["churn", "--keys", "0"], ["churn", "--capacity-mib", "0"],
        ["pause", "--capacity", "0"], ["pause", "--rounds", "0"],
        ["hit-ratio"], ["hit-ratio", "--traces", "/t", "--policy", "clairvoyant"],
    ])
    func refusesWhatCannotWork(arguments: [String]) {
        #expect(throws: (any Error).self) { try CacheBenchCommand.parseAsRoot(arguments) }
    }
}
