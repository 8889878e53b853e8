import LoadDriver
import Logging
import NIOCore
import NIOPosix
import StrataCore
import StrataEventLoops
import StrataPostgres

/// One shard of the store on Postgres, with a reactor of its own.
struct MeasuredShard: MeasuredTier {
    private let shard: PostgresShard
    private let keys: [Key]

    static func with<Result: Sendable>(
        _ plan: TierMeasurement, _ body: (MeasuredShard, (any TaskExecutor)?) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let reactor = try PostgresReactor()
        let configuration = try PostgresConfiguration(name: "bench", url: plan.url, connections: plan.connections)
        let shard = try PostgresShard(
            configuration, reactor: reactor, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let measured = MeasuredShard(shard: shard, keys: (0..<plan.keys).map { Key(FixedKeys.bytes($0)) })
        let outcome: Swift.Result<Result, any Error>
        do {
            try await shard.install()
            try await measured.load()
            let executor: (any TaskExecutor)? =
                switch plan.placement {
                case .global: nil
                case .loop: EventLoopTaskExecutor(group.any())
                case .reactor: reactor
                }
            outcome = .success(try await body(measured, executor))
        } catch {
            outcome = .failure(error)
        }
        await shard.shutdown()
        try await group.shutdownGracefully()
        return try outcome.get()
    }

    /// Writes the keys that are not there: to write all of them before each measurement would leave a dead row beside each
    /// live one, over which every read would then have to step.
    private func load() async throws {
        for start in stride(from: 0, to: keys.count, by: loadedTogether) {
            let numbers = start..<min(start + loadedTogether, keys.count)
            let context = StoreContext(deadline: .now + patience)
            let entries = await shard.read(Array(keys[numbers]), context: context)
            let puts = try zip(numbers, entries).filter { try $1.get().bytes?.count != valueBytes }.map { put($0.0) }
            for result in await shard.apply(puts, context: context) { _ = try result.get() }
        }
    }

    func perform(_ operation: TierOperation, _ number: Int) async throws {
        let context = StoreContext(deadline: .now + patience)
        switch operation {
        case .read:
            guard case .value(let bytes, _) = try await shard.read([keys[number]], context: context)[0].get().content,
                bytes.count == valueBytes
            else { throw TierError("\(keys[number]) has lost its value in Postgres") }
        case .write:
            _ = try await shard.apply([put(number)], context: context)[0].get()
        case .get:
            throw TierError("a bare GET is Redis' alone; give read or write")
        }
    }

    private func put(_ number: Int) -> Mutation {
        Mutation(.put(value(number), type: .string, tags: []), key: keys[number], expiry: .never)
    }
}
