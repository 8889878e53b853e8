import Logging
import Strata
import StrataConfiguration
import StrataCore

struct User: Codable, Sendable { var name: String }

func rename(
    _ id: String, to name: String, configuration: ConfigurationSource,
    findUser: @escaping @Sendable (String) async throws -> User?
) async throws {
    let strata = try await Composition(configuration.load().settings, logger: Logger(label: "users"))
    try await strata.run {
        let users = try strata.manager.cache(
            "users", of: User.self, policy: CachePolicy(memory: .init(ttl: .seconds(60))))
        // Memory, Redis, the store, and then your own loader: once, however many ask at the same time.
        guard var user = try await users.value(for: Key(id), orLoad: { try await findUser(id) }) else { return }
        user.name = name
        let receipt = try await users.set(user, for: Key(id), tags: [Tag("team:1")])  // store first, then levels
        _ = users.cached(Key(id))  // memory alone: never suspends
        _ = try await users.value(for: Key(id), freshness: .atLeast(receipt.version))  // sees this write
        try await strata.manager.invalidate(tag: Tag("team:1"))  // copies only, in all processes
    }
}
