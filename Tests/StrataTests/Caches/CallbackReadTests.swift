import Logging
import Strata
import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

/// Reads of the cache of bytes that take no task.
@Suite struct CallbackReadTests {
    private let reads = HeldReads()

    private func manager(hasMemory: Bool = false, tier: ModelTier? = nil, store: (any Store)? = nil) throws
        -> CacheManager
    {
        try CacheManager(
            memory: hasMemory ? MemoryConfiguration(capacityBytes: 1 << 20) : nil, tier: tier,
            store: store ?? ModelStore(callbackReads: reads),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func answersAreTheStoresAndCounted() throws {
        let manager = try manager()
        var received: [[Result<Entry, StrataError>]?] = []
        #expect(manager.bytes.read(["a", "b", "c", "d"]) { received.append($0) })
        #expect(reads.asked == [["a", "b", "c", "d"]])
        #expect(received.isEmpty)
        let (one, late) = (Version(rawValue: 1), StrataError(.timeout, "late"))
        reads.answer([
            .success(.string([7], version: one)), .success(.absent(version: one)), .failure(late),
            .success(Entry(version: one, content: .value([], .loadedAbsence))),
        ])
        #expect(
            received == [
                [
                    .success(.string([7], version: one)), .success(.absent(version: one)), .failure(late),
                    .success(.absent(version: one)),
                ]
            ])
        #expect(manager.statistics.store == LevelStatistics(hits: 2, misses: 1))
    }

    @Test func whatTakesMoreThanOneQuestionIsNotCounted() throws {
        let manager = try manager()
        var received: [[Result<Entry, StrataError>]?] = []
        #expect(manager.bytes.read(["a"]) { received.append($0) })
        reads.answer(nil)
        #expect(received == [nil])
        #expect(manager.statistics.store == LevelStatistics())
    }

    @Test func otherLevelsTakeATask() throws {
        for manager in [
            try manager(hasMemory: true), try manager(tier: ModelTier()), try manager(store: ModelStore()),
            // One that does not keep its deadlines is not asked on the caller's own thread.
            try manager(store: StuckStore()),
        ] {
            #expect(!manager.bytes.read(["a"]) { _ in Issue.record("it was not asked") })
        }
        #expect(reads.asked.isEmpty)
    }
}
