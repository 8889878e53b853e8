import GRDB
import NIOConcurrencyHelpers
import StrataCore
import StrataEmbedded
import Testing

@Suite("What has expired is removed by and by")
struct MaintenanceTests {
    private let directory: StoreDirectory
    private let time = NIOLockedValueBox<Int64>(1_800_000_000_000)
    private let clock: WallClock

    init() throws {
        directory = try StoreDirectory()
        clock = WallClock { [time] in time.withLockedValue(\.self) }
    }

    @Test func `expired values become tombstones, and those a collected version`() async throws {
        let keys = (0..<40).map { Key("key-\($0)") }
        let swept = try await directory.withStore(shards: 2, clock: clock, change: small) { store in
            var written: [Version] = []
            for key in keys {
                written.append(
                    try await store.write(Mutation(.put([1]), key: key, expiry: .after(.seconds(1)))).version)
            }
            let stays = try await store.write(Mutation(.put([2]), key: "stays", expiry: .after(.seconds(9000))))
            time.withLockedValue { $0 += 1000 }
            let count = try await store.count(context: .patient)
            #expect(count == 1)
            await store.maintain()
            var swept: [Version] = []
            for (key, version) in zip(keys, written) {
                let entry = try await store.read(key)
                #expect(entry.content == .absent && entry.version > version)
                swept.append(entry.version)
            }
            #expect(try rows("value IS NULL") == 40)
            time.withLockedValue { $0 += 601_000 }
            await store.maintain()
            #expect(try rows("true") == 1)
            #expect(try await store.read("stays").version == stays.version)
            return swept
        }
        try await directory.withStore(shards: 2, clock: clock) { store in
            for (key, version) in zip(keys, swept) {
                let absence = try await store.read(key)
                #expect(absence.content == .absent && absence.version >= version)
                let outcome = try await store.write(Mutation(.put([3]), key: key, condition: .ifAbsent))
                #expect(outcome.applied && outcome.version > absence.version)
            }
        }
    }

    @Test func `tombstones younger than the grace stay`() async throws {
        try await directory.withStore(clock: clock, change: small) { store in
            try await store.write(Mutation(.put([1]), key: "key"))
            let version = try await store.write(Mutation(.delete, key: "key")).version
            time.withLockedValue { $0 += 599_000 }
            await store.maintain()
            #expect(try rows("value IS NULL", shards: 1) == 1)
            #expect(try await store.read("key").version == version)
        }
    }

    @Test func `running maintains, moves the log into the file, and closes the store when it is cancelled`()
        async throws
    {
        let store = try await directory.open(clock: clock) { $0.maintenance.interval = .milliseconds(1) }
        let running = Task { try await store.run() }
        try await store.write(Mutation(.put([1]), key: "key", expiry: .after(.seconds(1))))
        time.withLockedValue { $0 += 2000 }
        let end = ContinuousClock.now + .seconds(30)
        while try rows("value IS NULL", shards: 1) == 0, ContinuousClock.now < end { await Task.yield() }
        #expect(try rows("value IS NULL", shards: 1) == 1)
        running.cancel()
        try await running.value
        #expect(await directory.openingError() == nil)
    }

    @Test func `versions still rise when the last generation is reached`() async throws {
        try await directory.withStore { _ in }
        try directory.tamper(with: 0, "UPDATE slot SET generation = 32766")
        try await directory.withStore { store in
            var last = Version.zero
            for _ in 0..<4 {
                let version = try await store.write(Mutation(.put([1]), key: "key")).version
                #expect(version > last)
                try await store.removeAll(context: .patient)
                last = try await store.read("key").version
                #expect(last > version)
            }
            #expect(last.generation == Version.maximumGeneration)
        }
    }

    /// Small steps, so that a round takes several.
    private func small(_ configuration: inout EmbeddedConfiguration) {
        configuration.maintenance.batch = 7
    }

    private func rows(_ condition: String, shards: Int = 2) throws -> Int {
        try (0..<shards).reduce(0) { sum, shard in
            let database = try DatabaseQueue(path: directory.shard(shard))
            defer { try? database.close() }
            return sum
                + (try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entry WHERE \(condition)") } ?? 0)
        }
    }
}
