import StrataCore
import Testing

@testable import StrataMemory

@Suite struct MemoryConfigurationTests {
    @Test(arguments: [Int.min, -1, 0, 1023, 1 << 47, .max])
    func absurdCapacitiesAreRefused(capacity: Int) {
        let error = #expect(throws: StrataError.self) { try MemoryConfiguration(capacityBytes: capacity) }
        #expect(error?.code == .configuration)
    }

    @Test(arguments: [-4, 0, 3, 2048])
    func stripesAreAPowerOfTwo(stripes: Int) {
        #expect(throws: StrataError.self) { try MemoryConfiguration(capacityBytes: 1 << 30, stripes: stripes) }
    }

    @Test(arguments: [-1, 0, 1.01, .nan, .infinity])
    func sharesAreParts(share: Double) {
        #expect(throws: StrataError.self) {
            try MemoryConfiguration(capacityBytes: 1 << 30, largestEntryShare: share)
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1 << 32, .max])
    func typicalEntriesAreOfASize(bytes: Int) {
        #expect(throws: StrataError.self) {
            try MemoryConfiguration(capacityBytes: 1 << 30, typicalEntryBytes: bytes)
        }
    }

    /// One for all below twice 4,096 typical entries, whatever their size; then so many that each has room for 4,096.
    @Test(arguments: [(1, 1), (4095, 1), (8191, 1), (8192, 2), (16_383, 2), (16_384, 4), (10_000_000, 16)])
    func stripesHoldThousandsOfTypicalEntries(entries: Int, stripes: Int) throws {
        for bytes in [64, 256, 4096] where entries * bytes >= 1024 {
            let configuration = try MemoryConfiguration(capacityBytes: entries * bytes, typicalEntryBytes: bytes)
            #expect(configuration.stripeCount == stripes)
            let exact = try MemoryConfiguration(
                capacityBytes: entries * bytes, policy: .lru, typicalEntryBytes: bytes)
            #expect(exact.stripeCount == 1)
        }
    }

    @Test func everyStripeHasRoom() throws {
        #expect(throws: StrataError.self) { try MemoryConfiguration(capacityBytes: 2048, stripes: 4) }
        #expect(try MemoryConfiguration(capacityBytes: 4096, stripes: 4).stripes == 4)
    }

    @Test func policiesHaveTheNamesOfTheConfigurationFile() {
        #expect(EvictionPolicyName(rawValue: "lru") == .lru)
        #expect(EvictionPolicyName(rawValue: "adaptive") == .adaptive)
        #expect(EvictionPolicyName(rawValue: "fifo") == nil)
    }
}
