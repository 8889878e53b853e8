import StrataCore
import StrataMemory

/// Replays requests through the real engine, where every entry is made to weigh the same: a read that misses puts.
struct UnitReplay {
    private static let unitBytes = 4096

    /// How many entries fit.
    let capacity: Int
    let policy: EvictionPolicyName

    /// The part of the requests that were hits, in percent.
    func hitRatio(_ requests: [UInt32]) throws -> Double {
        let weight = UnitReplay.unitBytes - MemoryCache<Void>.charge(keyLength: MemoryLayout<UInt32>.size, weight: 0)
        let configuration = try MemoryConfiguration(
            capacityBytes: capacity * UnitReplay.unitBytes, policy: policy, typicalEntryBytes: UnitReplay.unitBytes)
        let cache = MemoryCache<Void>(configuration) { _ in weight }
        for request in requests {
            withUnsafeBytes(of: request.littleEndian) { key in
                if case .hit = cache.lookup(key) { return }
                cache.insert(Key(Array(key)), .value(()), version: .zero, deadline: .distantFuture)
            }
        }
        precondition(cache.statistics.entries <= capacity)
        return cache.statistics.hitRatio * 100
    }
}
