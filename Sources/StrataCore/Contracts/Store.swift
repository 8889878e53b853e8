/// A version of the assignment of slots to shards; a request made under an old one is refused where a slot has moved.
public struct Epoch: Hashable, Comparable, Sendable {
    /// The epoch of a store that has no shard map.
    public static let none = Epoch(rawValue: 0)

    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    public static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }
}

/// Under what conditions a store serves a request.
public struct StoreContext: Sendable {
    /// The epoch of the shard map by which the request was routed.
    public var epoch: Epoch
    /// When the caller stops waiting: the store answers `timeout` by then, whatever its servers do.
    public var deadline: ContinuousClock.Instant
    /// How fresh what is read has to be: unless it says `.strong`, servers that lag behind the authority may answer as far
    /// as the store can show that their answers are fresh enough.
    public var freshness: Freshness

    public init(epoch: Epoch = .none, deadline: ContinuousClock.Instant, freshness: Freshness = .strong) {
        self.epoch = epoch
        self.deadline = deadline
        self.freshness = freshness
    }
}

/// One page of a scan over all keys.
public struct ScanPage: Hashable, Sendable {
    /// Keys that hold a value, with the type of it.
    public var keys: [(key: Key, type: EntryType)]
    /// Where the next page starts; nil after the last one.
    public var next: KeyPosition?

    public init(keys: [(key: Key, type: EntryType)], next: KeyPosition?) {
        self.keys = keys
        self.next = next
    }

    public static func == (left: ScanPage, right: ScanPage) -> Bool {
        left.next == right.next && left.keys.elementsEqual(right.keys) { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(next)
        for (key, type) in keys {
            hasher.combine(key)
            hasher.combine(type)
        }
    }
}

/// The authority behind the caches: what it holds is the truth, and it makes the versions.
///
/// One shard conforms, and so does the composite that routes to many (`ShardedStore`). Every answer comes per key: one
/// failing shard never takes the keys of another with it.
public protocol Store: Sendable {
    /// What the store is called in errors and metrics, such as a shard's name.
    var name: String { get }

    /// Whether one server answers for all keys: then several callers' keys are best asked for in one read, for none of them
    /// would be answered sooner alone.
    var isOneServer: Bool { get }

    /// Whether every call returns by its deadline, whatever the servers do, and soon after its task was cancelled. Where this
    /// is false, the manager answers callers in time itself, at the cost of a task per call.
    var keepsDeadlines: Bool { get }

    /// How event loops read from the store without a task; nil where only `read` will do.
    var callbackReads: (any CallbackReads)? { get }

    /// Reads keys: an `Entry` for each, `.absent` ones included, or the error of its shard, in the order asked.
    ///
    /// One round trip per shard. Cancelling the calling task ends the wait, not a request that is already under way.
    func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>]

    /// Runs mutations, each one for itself, and answers in the order given. Acknowledged means durable.
    ///
    /// Mutations of one key run in the order given.
    func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>]

    /// Runs mutations of keys that share one slot in one transaction: all of them or none.
    ///
    /// - Throws: `invalidArgument` when the keys lie in several slots; else the first mutation's error.
    func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome]

    /// One page of all keys that hold a value, in the order of their positions.
    ///
    /// A key that is there from the scan's start to its end is in at least one page, also while keys change.
    /// - Parameter count: how many keys the page should have, `1 ... 10,000`; it may have more, to end between positions.
    func scan(from start: KeyPosition, count: Int, context: StoreContext) async throws(StrataError) -> ScanPage

    /// How many keys hold a value. Complexity: O(keys).
    func count(context: StoreContext) async throws(StrataError) -> Int

    /// Removes every key and raises the generation of every slot, so that each later version is above each earlier one.
    func removeAll(context: StoreContext) async throws(StrataError)

    /// Records that copies of entries with this tag are invalid from now on. Deletes nothing.
    ///
    /// - Returns: the version from which entries with the tag are valid again, one per shard, by the shard's name.
    func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version]

    /// Asks every server whether it can serve: one answer per shard, whatever it is, at the deadline at the latest.
    func health(context: StoreContext) async -> [ServerHealth]
}

extension Store {
    public var isOneServer: Bool { false }

    public var keepsDeadlines: Bool { false }

    public var callbackReads: (any CallbackReads)? { nil }
}
