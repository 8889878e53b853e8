import ArgumentParser

/// The load driver and the benchmarks of single levels.
@main
struct CacheBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache-bench",
        abstract: "Measures caches: Strata's levels, cache-proxy, and any server that speaks RESP.",
        subcommands: [
            YCSBCommand.self, TierCommand.self, MemoryCommand.self, PauseCommand.self, FootprintCommand.self,
            ChurnCommand.self, HitRatioCommand.self,
        ])
}
