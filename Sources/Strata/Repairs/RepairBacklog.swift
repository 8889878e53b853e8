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
}

/// The repairs that are still to be made: a bounded set, without I/O or lock.
///
/// When it would grow beyond its bound it collapses into one "everything is invalid", which costs more and forgets nothing.
struct RepairBacklog {
    private let limit: Int
    /// The version below which copies are invalid; nil while it is uncertain.
    private var keys: [Key: Version?] = [:]
    private var tags: Set<Tag> = []
    private var everything = false

    /// - Parameter limit: how many keys and tags it holds before it collapses, above zero.
    init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    var isEmpty: Bool { keys.isEmpty && tags.isEmpty && !everything }

    /// How many repairs wait.
    var count: Int { everything ? 1 : keys.count + tags.count }

    /// Notes a repair; of two of one key the later version counts, and the store is asked when one of them is uncertain.
    mutating func note(_ repair: Repair) {
        guard !everything else { return }
        switch repair {
        case .key(let key, let version):
            switch keys[key] {
            case .some(.none): break
            case .some(.some(let noted)): keys[key] = max(version, noted)
            case .none: keys[key] = version
            }
        case .uncertain(let key): keys.updateValue(nil, forKey: key)
        case .tag(let tag): tags.insert(tag)
        case .everything: collapse()
        }
        if keys.count + tags.count > limit { collapse() }
    }

    /// Takes out what to repair next: all of it, up to a number of keys.
    mutating func take(limit: Int) -> [Repair] {
        if everything {
            everything = false
            return [.everything]
        }
        var repairs = tags.map { Repair.tag($0) }
        tags.removeAll()
        for (key, version) in keys.prefix(limit) {
            keys[key] = nil
            repairs.append(version.map { .key(key, below: $0) } ?? .uncertain(key))
        }
        return repairs
    }

    private mutating func collapse() {
        everything = true
        keys.removeAll()
        tags.removeAll()
    }
}
