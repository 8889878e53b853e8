import StrataCore
import StrataMemory
import Testing

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
