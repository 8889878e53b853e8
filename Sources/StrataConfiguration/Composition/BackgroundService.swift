import ServiceLifecycle

/// The background work of a part that knows no lifecycle: runs until shutdown, which cancels it.
struct BackgroundService: Service, CustomStringConvertible {
    /// What logs of the lifecycle call it.
    let description: String
    let work: @Sendable () async throws -> Void

    init(_ description: String, _ work: @escaping @Sendable () async throws -> Void) {
        self.description = description
        self.work = work
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await work() }
        } catch is CancellationError {
            // How a shutdown arrives.
        }
    }
}
