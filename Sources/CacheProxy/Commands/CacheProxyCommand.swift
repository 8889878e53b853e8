import ArgumentParser
import StrataConfiguration

@main
struct CacheProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache-proxy",
        abstract: "Serves a multi-level cache to Redis clients and over HTTP.",
        version: "cache-proxy \(Release.version) (\(libraries))",
        subcommands: [ServeCommand.self, CheckConfigCommand.self, ShardsCommand.self])

    private static var libraries: String {
        Release.libraryVersions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
