public import StrataCore
import StrataMemory

/// A named cache of decoded values.
///
/// Level 1 holds the values themselves; level 2 and the store hold the bytes that the serializer makes of them, under the
/// key `name:key`. Ask the manager for one: `CacheManager.cache(_:of:policy:serializer:)`.
///
/// Three answers are kept apart in every level: a value, however empty; the knowledge that there is none (nil); and not
/// knowing, which sends the read to the next level.
public final class Cache<Value: Codable & Sendable>: Sendable {
    /// The cache's name, the part of its store keys before the colon.
    public let name: String
    /// How the cache keeps its values.
    public let policy: CachePolicy
    let engine: CacheEngine<Loaded<Value>>
    let serializer: any CacheSerializer

    init(name: String, policy: CachePolicy, engine: CacheEngine<Loaded<Value>>, serializer: any CacheSerializer) {
        self.name = name
        self.policy = policy
        self.engine = engine
        self.serializer = serializer
    }

    /// The answer of level 1 alone.
    ///
    /// Never suspends and takes no lock that is held across a suspension. Complexity: O(length of the key).
    public func cached(_ key: Key) -> Lookup<Value> {
        switch engine.memory?.lookup(key) ?? .miss {
        case .hit(let loaded): loaded.value.map { .hit($0) } ?? .absent
        case .absent: .absent
        case .miss: .miss
        }
    }

    static func decode(
        _ bytes: [UInt8], _ type: EntryType, _ key: Key, serializer: any CacheSerializer, policy: CachePolicy
    ) throws(StrataError) -> Loaded<Value> {
        guard type != .loadedAbsence else { return .absence }
        let value = try serializer.value(Value.self, stored: bytes, key: key)
        return Loaded(value: value, encodedLength: bytes.count, policy: policy)
    }
}

extension Loaded {
    /// What a loader found nothing for.
    static var absence: Loaded { Loaded(value: nil, weight: 0) }

    /// A value that weighs the length of its encoding times the policy's factor.
    init(value: Value, encodedLength: Int, policy: CachePolicy) {
        self.init(value: value, weight: Int(Double(encodedLength) * policy.decodedWeightFactor))
    }
}
