import ArgumentParser
import Logging
import Metrics
import ServiceLifecycle
import Strata
import StrataConfiguration
import StrataCore
import StrataProxy
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves until it is asked to end.",
        discussion: """
            Without a configuration file the store is embedded, in ./strata-data unless --data says otherwise. SIGTERM and \
            SIGINT let requests in flight end; SIGHUP reads the configuration again.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let loaded = try options.source.load()
        let threshold = LogThreshold(loaded.settings.logLevel)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, threshold: threshold) }
        let metrics = PrometheusMetricsFactory()
        MetricsSystem.bootstrap(metrics)
        let logger = Logger(label: "cache-proxy")
        logger.info(
            "starting",
            metadata: Release.libraryVersions.mapValues { .string($0) }.merging(["version": "\(Release.version)"]) {
                $1
            })

        let composition = try await Composition(loaded.settings, logger: logger)
        let proxy = ProxyServer(
            manager: composition.manager, configuration: ProxyConfiguration(loaded.settings.listen), metrics: metrics,
            logger: logger)
        let reload = ReloadService(
            source: options.source, loaded: loaded, composition: composition, threshold: threshold, logger: logger)
        let group = ServiceGroup(
            services: composition.services + [reload, proxy], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        try await group.run()
        logger.info("ended")
    }
}
