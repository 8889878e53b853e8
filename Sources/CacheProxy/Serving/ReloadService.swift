import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import StrataConfiguration
import StrataCore
import UnixSignals

/// Reads the configuration again at each SIGHUP and applies what can change in a running process.
struct ReloadService: Service, CustomStringConvertible {
    var description: String { "reload of the configuration" }

    let source: ConfigurationSource
    /// What the process was started with.
    let loaded: LoadedConfiguration
    let composition: Composition
    let threshold: LogThreshold
    let logger: Logger

    func run() async throws {
        var current = loaded
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(StrataError) {
                current = try reload(after: current)
            } catch {
                logger.error(
                    "the configuration can't be used, and the process goes on with what it has",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: what is in effect now, where keys that need a restart are as new as the file: they are told once.
    private func reload(after current: LoadedConfiguration) throws(StrataError) -> LoadedConfiguration {
        let new = try source.load()
        let changes = new.changes(since: current)
        threshold.level = new.settings.logLevel
        composition.apply(new.settings)
        logger.notice(
            "read the configuration again",
            metadata: ["applied": "\(changes.filter(\.isLive).map(\.key).joined(separator: ","))"])
        let waiting = changes.filter { !$0.isLive }.map(\.key)
        if !waiting.isEmpty {
            logger.warning(
                "these changes need a restart, and have no effect until then",
                metadata: ["keys": "\(waiting.joined(separator: ","))"])
        }
        return new
    }
}
