import StrataMemory
import Testing

/// The adaptive policy beside exact LRU on requests of every character.
@Suite struct HitRatioTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// How far the adaptive policy must be above LRU, in points; below 0 for how far it may be below.
        var advantage: [Int: Double]
        var requests: @Sendable () -> [UInt32]

        init(_ name: String, _ advantage: [Int: Double], _ requests: @escaping @Sendable () -> [UInt32]) {
            self.name = name
            self.advantage = advantage
            self.requests = requests
        }

        var testDescription: String { name }
    }

    static let cases = [
        Case("Zipf 0.99", [500: 4]) {
            var source = SyntheticRequests(skew: 0.99)
            return source.zipf(60_000)
        },
        Case("a loop larger than the cache", [500: 35]) { SyntheticRequests(skew: 1).loop(60_000, over: 1100) },
        Case("a loop that fits", [2000: -0.1]) { SyntheticRequests(skew: 1).loop(20_000, over: 1100) },
        Case("a scan beside Zipf 0.9", [500: 5]) {
            var source = SyntheticRequests(skew: 0.9)
            return source.scanned(60_000)
        },
        Case("slow drift", [500: 3]) {
            var source = SyntheticRequests(skew: 0.9)
            return source.drift(60_000, every: 100)
        },
        Case("fast drift", [500: -1.5]) {
            var source = SyntheticRequests(skew: 0.9)
            return source.drift(60_000, every: 10)
        },
        Case("a shifting working set", [500: -2, 1000: -2]) {
            var source = SyntheticRequests(skew: 1)
            return source.workingSet(60_000, of: 800, for: 20_000)
        },
        // It takes a while to find out that LRU is better, as long for a long sequence as for a short one.
        Case("twice and never again", [2000: -4]) { SyntheticRequests(skew: 1).twice(60_000, after: 300) },
    ]

    @Test(arguments: cases) func adaptiveBesideLRU(_ the: Case) throws {
        let requests = the.requests()
        for (capacity, advantage) in the.advantage.sorted(by: { $0.key < $1.key }) {
            let lru = try UnitReplay(capacity: capacity, policy: .lru).hitRatio(requests)
            let adaptive = try UnitReplay(capacity: capacity, policy: .adaptive).hitRatio(requests)
            #expect(adaptive >= lru + advantage, "\(capacity) entries: \(adaptive) % where LRU has \(lru) %")
        }
    }
}
