import ArgumentParser
import Logging
import StrataConfiguration

/// The options of `cache-proxy serve`; each wins over the environment and the file.
struct ServeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file, in YAML.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The directory of the embedded store. (default: ./strata-data)", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Where Redis clients connect. (default: 127.0.0.1:6380)", valueName: "host:port"))
    var resp: String?

    @Option(
        help: ArgumentHelp("Where HTTP clients connect, or none. (default: 127.0.0.1:8080)", valueName: "host:port"))
    var http: String?

    @Option(help: "Below which level nothing is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    /// The file, the environment as it is now, and these options over both.
    var source: ConfigurationSource {
        let flags = [
            ("--data", "store.embedded.path", data), ("--resp", "listen.resp", resp), ("--http", "listen.http", http),
            ("--log-level", "log.level", logLevel),
        ]
        return ConfigurationSource(
            file: config,
            flags: flags.compactMap { name, key, value in
                value.map { ConfigurationSource.Flag(name: name, key: key, value: $0) }
            })
    }
}
