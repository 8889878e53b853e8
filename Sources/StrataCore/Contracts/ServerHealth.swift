/// Whether one server, or one file that stands for one, can serve.
public struct ServerHealth: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case serving
        /// It answers reads and refuses other requests, for this reason.
        case readOnly(StrataError)
        /// It can't be asked, for this reason.
        case down(StrataError)

        /// The state in one word, as reports show it.
        public var name: String {
            switch self {
            case .serving: "serving"
            case .readOnly: "read-only"
            case .down: "down"
            }
        }
    }

    /// What errors and metrics call it, such as a shard's name.
    public var name: String
    public var state: State
    /// How long its answer took; nil when it gave none, or needed no time.
    public var latency: Duration?

    public init(_ name: String, _ state: State = .serving, latency: Duration? = nil) {
        self.name = name
        self.state = state
        self.latency = latency
    }

    /// The health of a server that is asked something: down with the error that comes back, else serving.
    public static nonisolated(nonsending) func of(
        _ name: String, asking ask: nonisolated(nonsending) () async throws(StrataError) -> Void
    ) async -> ServerHealth {
        let began = ContinuousClock.now
        do throws(StrataError) {
            try await ask()
            return ServerHealth(name, latency: .now - began)
        } catch {
            return ServerHealth(name, .down(error))
        }
    }

    /// The health of several servers, asked at once and answered in their order.
    package static func each<Server: Sendable>(
        of servers: [Server], asking ask: @escaping @Sendable (Server) async -> ServerHealth
    ) async -> [ServerHealth] {
        await withTaskGroup(of: (Int, ServerHealth).self) { tasks in
            for (index, server) in servers.enumerated() { tasks.addTask { (index, await ask(server)) } }
            return await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Why it can't serve everything; nil when it can.
    public var error: StrataError? {
        switch state {
        case .serving: nil
        case .readOnly(let error), .down(let error): error
        }
    }

    /// Whether it can't be asked at all.
    public var isDown: Bool {
        if case .down = state { true } else { false }
    }
}
