import Foundation
import GRDB
import Logging
import StrataCore
import StrataEmbedded
import StrataTestSupport

/// A directory for the files of a store, removed when the test is done with it.
final class StoreDirectory: Sendable {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory("embedded")
    }

    var path: String { directory.path }

    /// The path of a shard's file.
    func shard(_ index: Int) -> String { "\(path)/shard-\(index).sqlite" }

    /// Opens a store in the directory, without the noise of its log.
    func open(
        shards: Int = 1, clock: WallClock = .system, change: (inout EmbeddedConfiguration) -> Void = { _ in }
    ) async throws(StrataError) -> EmbeddedStore {
        var configuration = EmbeddedConfiguration(directory: path, shards: shards)
        change(&configuration)
        return try await EmbeddedStore(
            configuration, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The error that opening a store in the directory ends with.
    func openingError(change: (inout EmbeddedConfiguration) -> Void = { _ in }) async -> StrataError? {
        do throws(StrataError) {
            let store = try await open(change: change)
            await store.close()
            return nil
        } catch {
            return error
        }
    }

    /// Runs a store in the directory and closes it.
    func withStore<Value>(
        shards: Int = 1, clock: WallClock = .system, change: (inout EmbeddedConfiguration) -> Void = { _ in },
        _ body: (EmbeddedStore) async throws -> Value
    ) async throws -> Value {
        // The store's last look at the path is not this object's last use: the files must not go before the store.
        defer { withExtendedLifetime(self) {} }
        let store = try await open(shards: shards, clock: clock, change: change)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// Changes a shard's file behind the store's back.
    func tamper(with shard: Int, _ sql: String) throws {
        let database = try DatabaseQueue(path: self.shard(shard))
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }
}

extension StoreContext {
    /// A context whose deadline no test on a busy machine reaches.
    static var patient: StoreContext { StoreContext(deadline: .now + .seconds(60)) }
}

extension EmbeddedStore {
    @discardableResult
    func write(_ mutation: Mutation) async throws -> MutationOutcome {
        try await apply([mutation], context: .patient)[0].get()
    }

    func read(_ key: Key) async throws -> Entry {
        try await read([key], context: .patient)[0].get()
    }
}
