import InProcess
import LoadDriver
import Logging
import NIOCore
import Strata
import StrataConfiguration
import StrataCore

extension YCSBOptions {
    /// How long the servers behind the library may take until they answer.
    private static let patience = Duration.seconds(30)

    /// Runs a body with what the load is put on, and lets go of it afterwards.
    ///
    /// - Throws: what the body throws; `LoadError` and `StrataError` when there is nothing to put a load on.
    func withTarget<Result: Sendable>(
        _ body: @Sendable @escaping (any Target) async throws -> Result
    ) async throws -> Result {
        if let config { return try await withLibrary(config, body) }
        let target = RESPTarget(address: try serverAddress, threads: threadCount, timeout: .seconds(timeout))
        do {
            let result = try await body(target)
            try await target.shutdown()
            return result
        } catch {
            try await target.shutdown()
            throw error
        }
    }

    private func withLibrary<Result: Sendable>(
        _ file: String, _ body: @Sendable @escaping (any Target) async throws -> Result
    ) async throws -> Result {
        let settings = try ConfigurationSource(file: file).load().settings
        // Standard output is for results.
        var logger = Logger(label: "cache-bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = max(settings.logLevel, .warning)
        let composition = try await Composition(settings, logger: logger)
        return try await composition.run {
            try await YCSBOptions.waitForLevels(of: composition.manager)
            return try await body(InProcessTarget(name: "in process by \(file)", manager: composition.manager))
        }
    }

    /// Waits until every server behind the manager can serve.
    private static func waitForLevels(of manager: CacheManager) async throws {
        let deadline = ContinuousClock.now + patience
        while let failing = await manager.health().map(\.health).first(where: { $0.error != nil }) {
            guard ContinuousClock.now < deadline else {
                throw LoadError("\(failing.name) can't serve: \(failing.error.map(\.description) ?? "")")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
