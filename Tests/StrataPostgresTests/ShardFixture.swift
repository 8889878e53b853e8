import Logging
import StrataCore
import StrataPostgres
import StrataTestSupport

/// One server for the tests that neither restart it nor depend on its settings; each test makes its own database.
actor SharedServer {
    static let shared = SharedServer()
    private var started: Task<PostgresServer, any Error>?
    private var databases = 0

    /// The URL of an empty database.
    func database() async throws -> String {
        let task = started ?? Task { try await PostgresServer.start(settings: ["max_connections": "300"]) }
        started = task
        let server = try await task.value
        databases += 1
        let name = "strata_\(databases)"
        try await server.createDatabase(name)
        return server.url(database: name)
    }
}

/// Runs the closure with an installed shard, and shuts the shard down afterwards.
func withShard<Output>(
    url: String? = nil, name: String = "shard-0", install: Bool = true,
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresShard) async throws -> Output
) async throws -> Output {
    let address: String
    if let url { address = url } else { address = try await SharedServer.shared.database() }
    var configuration = try PostgresConfiguration(name: name, url: address)
    // On a busy machine requests are slow; tests of the circuit set their own.
    configuration.breaker = CircuitBreakerOptions(slowCall: .seconds(20))
    configure(&configuration)
    let shard = try PostgresShard(configuration, reactor: PostgresReactor(), logger: Logger(label: "test"))
    do {
        if install { try await shard.install() }
        let output = try await body(shard)
        await shard.shutdown()
        return output
    } catch {
        await shard.shutdown()
        throw error
    }
}

extension StoreContext {
    /// A context that leaves a request enough time.
    static var patient: StoreContext { StoreContext(deadline: .now + .seconds(30)) }

    static func within(_ time: Duration) -> StoreContext { StoreContext(deadline: .now + time) }
}

extension PostgresShard {
    func put(
        _ key: Key, _ text: String, context: StoreContext = .patient
    ) async throws(StrataError) -> MutationOutcome {
        try await apply([Mutation(.put(Array(text.utf8)), key: key)], context: context)[0].get()
    }

    func text(_ key: Key, context: StoreContext = .patient) async throws(StrataError) -> String? {
        try await read([key], context: context)[0].get().bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
