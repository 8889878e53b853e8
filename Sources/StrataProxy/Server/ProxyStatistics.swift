import Synchronization

/// What the proxy counts itself; connections add up what they did once per batch of requests.
final class ProxyStatistics: Sendable {
    let connections = Atomic<Int>(0)
    let rejectedConnections = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let receivedBytes = Atomic<Int>(0)
    let sentBytes = Atomic<Int>(0)
    let protocolErrors = Atomic<Int>(0)
    let disconnectedSlowReaders = Atomic<Int>(0)
    let timedOutConnections = Atomic<Int>(0)

    func add(requests: Int, receivedBytes: Int, sentBytes: Int) {
        self.requests.wrappingAdd(requests, ordering: .relaxed)
        self.receivedBytes.wrappingAdd(receivedBytes, ordering: .relaxed)
        if sentBytes > 0 { self.sentBytes.wrappingAdd(sentBytes, ordering: .relaxed) }
    }
}

/// How often a level had what it was asked for.
struct LevelCount: Hashable, Sendable {
    var hits: UInt64 = 0
    var misses: UInt64 = 0
}

/// The counts of all levels.
struct LevelCounts: Hashable, Sendable {
    var memory = LevelCount()
    var redis = LevelCount()
    var store = LevelCount()
    /// Values of the memory level that were served beyond their TTL.
    var stale: UInt64 = 0

    /// The levels by the names that metrics and INFO use.
    var byName: [(name: String, count: LevelCount)] {
        [("memory", memory), ("redis", redis), ("store", store)]
    }
}
