import ArgumentParser
import Logging
import Metrics
import NIOCore
import NIOPosix
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

        // One core is left to the levels' own threads and the kernel's work for all of them. With as many loops as cores,
        // loops wake more often for less each: on two cores, pipelined hits took 20 % more processor time apiece.
        let eventLoops = MultiThreadedEventLoopGroup(
            numberOfThreads: loaded.settings.listen.eventLoops ?? max(1, System.coreCount - 1))
        do {
            try await serve(loaded, on: eventLoops, metrics, threshold, logger)
        } catch {
            try? await eventLoops.shutdownGracefully()
            throw error
        }
        try await eventLoops.shutdownGracefully()
        logger.info("ended")
    }

    private func serve(
        _ loaded: LoadedConfiguration, on eventLoops: any EventLoopGroup, _ metrics: PrometheusMetricsFactory,
        _ threshold: LogThreshold, _ logger: Logger
    ) async throws {
        // The proxy's loops are Redis' as well, so that a request never changes its thread.
        let composition = try await Composition(loaded.settings, group: eventLoops, logger: logger)
        let proxy = ProxyServer(
            manager: composition.manager, group: eventLoops,
            configuration: ProxyConfiguration(loaded.settings.listen), metrics: metrics, logger: logger)
        let reload = ReloadService(
            source: options.source, loaded: loaded, composition: composition, threshold: threshold, logger: logger)
        let group = ServiceGroup(
            services: composition.services + [reload, proxy], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        try await group.run()
    }
}
