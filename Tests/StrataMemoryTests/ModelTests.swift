import StrataCore
import StrataTestSupport
import Testing

@testable import StrataMemory

/// The cache against a model that is a dictionary: a million operations, the same ones on every run.
@Suite struct ModelTests {
    struct Held {
        var content: MemoryContent<[UInt8]>
        var version: UInt64
        var deadline: Timestamp
        var tags: Set<Int>
        var use: Int
    }

    /// With room for everything, every answer is known.
    @Test(arguments: EvictionPolicyName.allCases)
    func answersAreTheModelsWhenThereIsRoom(policy: EvictionPolicyName) throws {
        try run(operations: 400_000, capacity: 1 << 24, keys: 300, expiry: true, seed: 11, policy)
    }

    /// Without deadlines and tags, what is evicted is known too: exactly the least recently used.
    @Test func evictionIsTheModels() throws {
        try run(operations: 300_000, capacity: 20_000, keys: 300, expiry: false, seed: 12, .lru)
    }

    /// With all of it together: an answer is never wrong, but may be a miss.
    @Test(arguments: EvictionPolicyName.allCases)
    func answersAreNeverWrongUnderPressure(policy: EvictionPolicyName) throws {
        try run(operations: 300_000, capacity: 20_000, keys: 300, expiry: true, seed: 13, policy)
    }

    /// With the level looking at its own bookkeeping after every change.
    @Test(arguments: EvictionPolicyName.allCases)
    func everyChangeKeepsTheInvariants(policy: EvictionPolicyName) throws {
        try run(
            operations: 4000, capacity: 20_000, keys: 300, expiry: true, seed: 14, policy, checksInvariants: true)
    }

    @Test func brokenBookkeepingIsFoundWhenItIsLookedFor() async {
        await #expect(processExitsWith: .failure) {
            let cache = try ByteCache.bytes(capacity: 20_000, checksInvariants: true)
            cache.core.stripes[0].table.pointee.charged += 4
            cache.put("key", "value")
        }
    }

    private func run(
        operations: Int, capacity: Int, keys: Int, expiry: Bool, seed: UInt64, _ policy: EvictionPolicyName,
        checksInvariants: Bool = false
    ) throws {
        let roomy = capacity >= 1 << 24
        let clock = ManualClock()
        let cache = try ByteCache.bytes(
            capacity: capacity, policy: policy, clock: clock, checksInvariants: checksInvariants)
        var generator = SeededGenerator(seed: seed)
        var model: [Int: Held] = [:]
        let names = (0..<keys).map {
            Key($0 % 2 == 0 ? "key-\($0)" : "a key that is a good deal longer than the others \($0)")
        }
        func charge(_ key: Int, _ held: Held) -> Int {
            ByteCache.charge(keyLength: names[key].bytes.count, weight: held.content.value?.count ?? 0)
        }
        var bytes = 0
        func isLive(_ held: Held) -> Bool { held.deadline > clock.now.timestamp }
        for operation in 0..<operations {
            let key = min(Int.random(in: 0..<keys, using: &generator), Int.random(in: 0..<keys, using: &generator))
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<50:
                let found = cache.lookup(names[key])
                let held = model[key].flatMap { isLive($0) ? $0 : nil }
                let expected: Lookup<[UInt8]> =
                    switch held?.content {
                    case .value(let value): .hit(value)
                    case .absent: .absent
                    case nil: .miss
                    }
                if roomy || !expiry || found != .miss { try #require(found == expected, "operation \(operation)") }
                if found != .miss { model[key]?.use = operation }
            case 50..<85:
                let version = UInt64.random(in: 0...3, using: &generator) + (model[key]?.version ?? 0)
                let value = [UInt8](repeating: UInt8(version & 255), count: Int.random(in: 0...200, using: &generator))
                let delay = Duration.milliseconds(Int.random(in: -10...5000, using: &generator))
                let held = Held(
                    content: operation % 10 == 0 ? .absent : .value(value),
                    version: version > 2 ? version - 2 : version,
                    deadline: expiry && operation % 3 == 0 ? clock.now.timestamp.advanced(by: delay) : .distantFuture,
                    tags: expiry ? Set([key % 4, 4 + key % 3]) : [], use: operation)
                let outcome = cache.insert(
                    names[key], held.content, version: Version(rawValue: held.version), deadline: held.deadline,
                    tags: held.tags.map { Tag("tag-\($0)") })
                if outcome != .older {
                    bytes -= model[key].map { charge(key, $0) } ?? 0
                    model[key] = outcome == .inserted ? held : nil
                    bytes += outcome == .inserted ? charge(key, held) : 0
                }
                try #require((outcome == .expired) == (outcome != .older && !isLive(held)))
                if !expiry { try evict(&model, &bytes, capacity, charge) }
            case 85..<90:
                let version = (model[key]?.version ?? 0) + UInt64.random(in: 0...1, using: &generator)
                let removed = cache.invalidate(names[key], below: Version(rawValue: version))
                let held = model[key]
                if let held, held.version < version {
                    bytes -= charge(key, held)
                    model[key] = nil
                }
                if !expiry { try #require(removed == (held.map { $0.version < version } ?? false)) }
            case 90..<93:
                _ = cache.remove(names[key])
                bytes -= model[key].map { charge(key, $0) } ?? 0
                model[key] = nil
            case 93 where expiry:
                let tag = Int.random(in: 0..<7, using: &generator)
                cache.invalidate(Tag("tag-\(tag)"))
                model = model.filter { !$0.value.tags.contains(tag) }
            case 94 where expiry: _ = cache.expire(limit: 5)
            case 95 where expiry: clock.advance(by: .milliseconds(Int.random(in: 0...200, using: &generator)))
            case 96 where operation % 50 == 0:
                cache.removeAll()
                model = [:]
                bytes = 0
            default:
                let page = cache.entry(names[key])
                if roomy { try #require((page != nil) == (model[key].map(isLive) ?? false)) }
            }
            if operation % 5000 == 0 {
                try #require(cache.checkInvariants() == [])
                if !expiry { try #require(cache.statistics.bytes == bytes) }
            }
        }
        #expect(cache.checkInvariants() == [])
        #expect((cache.statistics.evictions.capacity > 0) == !roomy)
    }

    private func evict(
        _ model: inout [Int: Held], _ bytes: inout Int, _ capacity: Int, _ charge: (Int, Held) -> Int
    ) throws {
        while bytes > capacity {
            let (key, held) = try #require(model.min { $0.value.use < $1.value.use })
            bytes -= charge(key, held)
            model[key] = nil
        }
    }
}
