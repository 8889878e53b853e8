import LoadDriver
import Logging
import NIOCore
import NIOPosix
import StrataCore
import StrataEventLoops
import StrataRedis

/// Level 2 on Redis: one event loop that owns all connections.
struct MeasuredRedis: MeasuredTier {
    private let client: RedisClient
    private let tier: RedisTier
    /// In one block each, from which an operation makes its key, as the program in C does: thousands of arrays that are
    /// used at random would measure how long the processor waits for memory.
    private let keys: FixedKeys
    /// The names of the keys' values without an envelope.
    private let plainNames: FixedKeys

    static func with<Result: Sendable>(
        _ plan: TierMeasurement, _ body: (MeasuredRedis, (any TaskExecutor)?) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = RedisConfiguration(
            .standalone(try RedisURL(parsing: plan.url)), prefix: "bench:", connectionsPerLoop: plan.connections)
        let client = RedisClient(
            configuration: configuration, group: group, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        )
        let measured = MeasuredRedis(
            client: client, tier: RedisTier(client: client, cluster: .random()),
            keys: FixedKeys(count: plan.keys), plainNames: FixedKeys(count: plan.keys, prefix: "raw:"))
        let outcome: Swift.Result<Result, any Error>
        do {
            try await measured.load()
            let executor: (any TaskExecutor)? =
                plan.placement == .loop ? EventLoopTaskExecutor(group.any()) : nil
            outcome = .success(try await body(measured, executor))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        try await group.shutdownGracefully()
        return try outcome.get()
    }

    private func load() async throws {
        for start in stride(from: 0, to: keys.count, by: loadedTogether) {
            let some = start..<min(start + loadedTogether, keys.count)
            let offers = some.map { offer($0, version: 1) }
            for result in await tier.offer(offers, deadline: .now + patience) { _ = try result.get() }
            let sets = some.map { RedisCommand("SET", Array(plainNames[$0]), value($0)) }
            for reply in try await client.send(sets, deadline: .now + patience) { _ = try reply.successful() }
        }
    }

    func perform(_ operation: TierOperation, _ number: Int) async throws {
        let deadline = ContinuousClock.now + patience
        switch operation {
        case .read:
            guard let entry = try await tier.read([Key(keys[number])], deadline: deadline)[0].get(),
                case .value(let bytes, _) = entry.content, bytes.count == valueBytes
            else { throw TierError("\(Key(keys[number])) has lost its value in Redis; is there enough memory?") }
        case .get:
            let reply = try await client.send(RedisCommand("GET", plainNames[number]), deadline: deadline)
            guard reply.bytes?.count == valueBytes else {
                throw TierError("GET of \(Key(keys[number])) did not answer its value; is there enough memory?")
            }
        case .write:
            // Not newer than what is there after the first time: the comparison is what is measured then.
            _ = try await tier.offer([offer(number, version: 2)], deadline: deadline)[0].get()
        }
    }

    private func offer(_ number: Int, version: UInt64) -> TierOffer {
        TierOffer(
            key: Key(keys[number]),
            entry: Entry(version: Version(rawValue: version), content: .value(value(number), .string)),
            lifetime: .seconds(3600))
    }
}

/// The value of a key.
func value(_ number: Int) -> [UInt8] {
    Array(repeating: UInt8(truncatingIfNeeded: number), count: valueBytes)
}
