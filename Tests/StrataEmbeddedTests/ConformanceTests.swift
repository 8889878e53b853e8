import StrataCore
import StrataEmbedded
import StrataTestSupport
import Testing

@Suite("An embedded store keeps the contract of a store")
struct ConformanceTests {
    @Test(arguments: StoreConformance.Check.allCases)
    func `with one file`(check: StoreConformance.Check) async throws {
        try await StoreDirectory().withStore(shards: 1, change: withoutSync) { store in
            try await StoreConformance(store, seed: 17).run(check)
        }
    }

    @Test func `with several files, one after the other`() async throws {
        try await StoreDirectory().withStore(shards: 3, change: withoutSync) { store in
            try await StoreConformance(store, seed: 99).runAll()
        }
    }

    /// The contract is the same, and thousands of writes take less time.
    private func withoutSync(_ configuration: inout EmbeddedConfiguration) {
        configuration.durability = .process
    }
}
