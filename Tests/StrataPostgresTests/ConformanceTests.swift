import StrataTestSupport
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: StoreConformance.Check.allCases)
    func conforms(check: StoreConformance.Check) async throws {
        try await withShard { shard in
            try await StoreConformance(shard, patience: .seconds(120)).run(check)
        }
    }

    @Test(arguments: 2...4)
    func conformsWithOtherSeeds(seed: UInt64) async throws {
        try await withShard { shard in
            for check in [StoreConformance.Check.randomMutations, .randomBatches, .randomTransactions] {
                try await StoreConformance(shard, seed: seed, patience: .seconds(120)).run(check)
            }
        }
    }
}
