import StrataCore

/// An invalidation that level 2 or the other processes have not heard of.
enum Repair: Hashable, Sendable {
    /// Copies of the key below a version are invalid.
    case key(Key, below: Version)
    /// A write of the key may or may not have happened: the store has to be asked what it holds.
    case uncertain(Key)
    /// Copies with the tag are invalid.
    case tag(Tag)
    /// All copies are invalid.
    case everything
    /// The store of caches that live in the levels only has to be emptied, after which all copies are invalid.
    case removal
}

/// The repairs that are still to be made: a bounded set, without I/O or lock.
///
/// When it would grow beyond its bound it collapses into one "everything is invalid", which costs more and forgets nothing.
/// What was taken out stays owed until it is known to be done.
struct RepairBacklog {
    private struct Owed {
        /// The version below which copies are invalid; nil while it is uncertain.
        var keys: [Key: Version?] = [:]
        var tags: Set<Tag> = []
        var everything = false
        var removal = false

        var count: Int { (everything ? 1 : keys.count + tags.count) + (removal ? 1 : 0) }
    }

    private let limit: Int
    private var waiting = Owed()
    private var underway = Owed()

    /// - Parameter limit: how many keys and tags it holds before it collapses, above zero.
    init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    /// Whether no repair waits to be taken.
    var isEmpty: Bool { waiting.count == 0 }

    /// How many repairs are not known to be done.
    var count: Int { waiting.count + underway.count }

    /// Whether a copy of the key may be older than what its writer was told.
    func covers(_ key: Key) -> Bool {
        waiting.everything || underway.everything || waiting.keys[key] != nil || underway.keys[key] != nil
    }

    /// Whether copies with one of the tags may have been invalidated.
    func covers(_ tags: [Tag]) -> Bool {
        tags.contains { waiting.tags.contains($0) || underway.tags.contains($0) }
    }

    /// Notes a repair; of two of one key the later version counts, and the store is asked when one of them is uncertain.
    mutating func note(_ repair: Repair) {
        if repair == .removal { waiting.removal = true }
        guard !waiting.everything else { return }
        switch repair {
        case .key(let key, let version):
            switch waiting.keys[key] {
            case .some(.none): break
            case .some(.some(let noted)): waiting.keys[key] = max(version, noted)
            case .none: waiting.keys[key] = version
            }
        case .uncertain(let key): waiting.keys.updateValue(nil, forKey: key)
        case .tag(let tag): waiting.tags.insert(tag)
        case .everything: collapse()
        case .removal: break
        }
        if waiting.keys.count + waiting.tags.count > limit { collapse() }
    }

    /// Takes out what to repair next: all of it, up to a number of keys. It is owed until `finish(failed:)`.
    mutating func take(limit: Int) -> [Repair] {
        var repairs: [Repair] = []
        if waiting.removal {
            (waiting.removal, underway.removal) = (false, true)
            repairs.append(.removal)
        }
        if waiting.everything {
            (waiting.everything, underway.everything) = (false, true)
            return repairs + [.everything]
        }
        repairs += waiting.tags.map { .tag($0) }
        underway.tags.formUnion(waiting.tags)
        waiting.tags.removeAll()
        for (key, version) in waiting.keys.prefix(limit) {
            waiting.keys[key] = nil
            underway.keys.updateValue(version, forKey: key)
            repairs.append(version.map { .key(key, below: $0) } ?? .uncertain(key))
        }
        return repairs
    }

    /// What was taken out is done, but for what failed.
    mutating func finish(failed: [Repair]) {
        underway = Owed()
        for repair in failed { note(repair) }
    }

    private mutating func collapse() {
        waiting.everything = true
        waiting.keys.removeAll()
        waiting.tags.removeAll()
    }
}
