import ArgumentParser
import Foundation
import StrataConfiguration

struct ShardsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shards", abstract: "Says what the shards of the store do.", subcommands: [Status.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows every shard: where it is, its weight and slots, whether it answers and how fast.",
            discussion: """
                Asks the shards of the configuration, changes nothing, and disturbs no process that serves them. The \
                status is 1 when a shard can't be reached or the shard map can't be read.
                """)

        @Option(help: ArgumentHelp("The configuration file, in YAML.", valueName: "file"))
        var config: String?

        @Option(help: ArgumentHelp("The directory of the embedded store. (default: ./strata-data)", valueName: "dir"))
        var data: String?

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() async throws {
            let flags = data.map { [ConfigurationSource.Flag(name: "--data", key: "store.embedded.path", value: $0)] }
            let loaded = try ConfigurationSource(file: config, flags: flags ?? []).load()
            let report = try await ShardReport(of: loaded.settings)
            print(json ? try encoded(report) : report.text, terminator: "")
            guard report.isComplete else { throw ExitCode.failure }
        }

        private func encoded(_ report: ShardReport) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
        }
    }
}
