import StrataCore

/// Which keys are not loaded for a while, because a load has failed or was too slow and a stale value does meanwhile: a
/// bounded set, without clock or lock.
///
/// When it is full, it forgets the pauses that are over, and then any: a key whose pause is forgotten is only loaded sooner.
struct StalePauses: Sendable {
    private let limit: Int
    private var ends: [Key: Timestamp] = [:]

    /// - Parameter limit: how many keys it holds, above zero.
    init(limit: Int) {
        self.limit = limit
    }

    /// How many keys it holds.
    var count: Int { ends.count }

    /// Notes that a key is not to be loaded before a time.
    mutating func note(_ key: Key, until end: Timestamp, now: Timestamp) {
        guard end > now else { return }
        if ends.count >= limit, ends[key] == nil {
            ends = ends.filter { $0.value > now }
            if ends.count >= limit, let any = ends.keys.first { ends[any] = nil }
        }
        ends[key] = end
    }

    /// Whether a key is not to be loaded now.
    func holds(_ key: Key, at now: Timestamp) -> Bool {
        ends[key].map { $0 > now } ?? false
    }

    /// A key was loaded: the next load is not to wait.
    mutating func end(_ key: Key) {
        ends[key] = nil
    }
}
