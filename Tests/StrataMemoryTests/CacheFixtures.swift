import StrataCore
import StrataMemory
import StrataTestSupport

/// Not `Testing.Tag`.
typealias Tag = StrataCore.Tag
typealias ByteCache = MemoryCache<[UInt8]>

extension MemoryCache where Value == [UInt8] {
    /// A cache of bytes.
    static func bytes(
        capacity: Int, stripes: Int? = nil, share: Double = 1, policy: EvictionPolicyName = .lru,
        clock: ManualClock = ManualClock(), gate: FreshnessGate = .open, checksInvariants: Bool = false
    ) throws -> ByteCache {
        var configuration = try MemoryConfiguration(
            capacityBytes: capacity, policy: policy, stripes: stripes, largestEntryShare: share)
        configuration.checksInvariants = checksInvariants
        return MemoryCache(configuration, time: clock.timeSource, gate: gate)
    }

    @discardableResult
    func put(
        _ key: Key, _ text: String, version: UInt64 = 1, deadline: Timestamp = .distantFuture, tags: [Tag] = [],
        domain: Int = 0
    ) -> InsertOutcome {
        insert(
            key, .value(Array(text.utf8)), version: Version(rawValue: version), deadline: deadline, tags: tags,
            domain: domain)
    }

    /// The text of a hit; nil for an absence and for a miss.
    func text(_ key: Key) -> String? {
        lookup(key).value.map { String(decoding: $0, as: UTF8.self) }
    }
}
