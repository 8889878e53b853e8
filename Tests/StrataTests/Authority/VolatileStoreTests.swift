import Strata
import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite("Memory as the authority")
struct VolatileStoreTests {
    /// Transactions over several keys are what a store without one can't promise; it refuses them.
    private static let checks = StoreConformance.Check.allCases.filter {
        ![
            .randomTransactions, .transactionsAreAtomic, .transactionsStayInOneSlot, .concurrentAdditionsAreExact,
        ].contains($0)
    }

    @Test("It keeps the contract of a store, key by key", arguments: checks)
    func conforms(check: StoreConformance.Check) async throws {
        let memory = MemoryCache<[UInt8]>(
            try MemoryConfiguration(capacityBytes: 256 << 20))
        try await StoreConformance(VolatileStore(memory: memory), stringsOnly: true).run(check)
    }

    @Test("It refuses to change several keys in one transaction")
    func transactions() async throws {
        let memory = MemoryCache<[UInt8]>(try MemoryConfiguration(capacityBytes: 1 << 20))
        let store = VolatileStore(memory: memory)
        let context = StoreContext(deadline: .now + .seconds(60))
        let mutations = [Mutation(.put([1]), key: "{a}1"), Mutation(.put([2]), key: "{a}2")]
        await #expect { try await store.applyAtomically(mutations, context: context) } throws: {
            ($0 as? StrataError)?.code == .invalidArgument
        }
        #expect(memory.count == 0)
    }

    @Test("Concurrent additions are exact")
    func additions() async throws {
        let memory = MemoryCache<[UInt8]>(try MemoryConfiguration(capacityBytes: 1 << 20))
        let store = VolatileStore(memory: memory)
        let context = StoreContext(deadline: .now + .seconds(30))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<100 { _ = await store.apply([Mutation(.add(1), key: "sum")], context: context) }
                }
            }
        }
        #expect(try await store.read(["sum"], context: context)[0].get().bytes == Array("1600".utf8))
    }

    @Test("Without memory it makes versions and holds nothing")
    func nothing() async throws {
        let store = VolatileStore(memory: nil)
        let context = StoreContext(deadline: .now + .seconds(60))
        let first = try await store.apply([Mutation(.put([1]), key: "k")], context: context)[0].get()
        let second = try await store.apply([Mutation(.put([2]), key: "k")], context: context)[0].get()
        #expect(first.version < second.version)
        #expect(try await store.read(["k"], context: context)[0].get().content == .absent)
        #expect(try await store.count(context: context) == 0)
    }
}
