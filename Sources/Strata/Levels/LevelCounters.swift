import StrataCore
import Synchronization

/// Hits and misses of one level since the manager was made.
public struct LevelStatistics: Hashable, Sendable {
    /// Answers, known absences included.
    public var hits: UInt64
    /// Keys the level knew nothing of, or for the store: keys that do not exist.
    public var misses: UInt64

    public init(hits: UInt64 = 0, misses: UInt64 = 0) {
        self.hits = hits
        self.misses = misses
    }
}

/// Counts the hits and misses of one level; adding takes no lock.
final class LevelCounter: Sendable {
    private let hits = Atomic<UInt64>(0)
    private let misses = Atomic<UInt64>(0)

    func add(hits: Int, misses: Int) {
        if hits > 0 { self.hits.wrappingAdd(UInt64(hits), ordering: .relaxed) }
        if misses > 0 { self.misses.wrappingAdd(UInt64(misses), ordering: .relaxed) }
    }

    /// Counts what a store answered: absences are its misses, errors are neither.
    func add(_ entries: [Result<Entry, StrataError>]) {
        var (answered, hits) = (0, 0)
        for case .success(let entry) in entries {
            answered += 1
            if case .value = entry.content { hits += 1 }
        }
        add(hits: hits, misses: answered - hits)
    }

    var statistics: LevelStatistics {
        LevelStatistics(hits: hits.load(ordering: .relaxed), misses: misses.load(ordering: .relaxed))
    }
}
