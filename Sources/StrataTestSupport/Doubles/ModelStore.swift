import Foundation
import NIOConcurrencyHelpers
public import StrataCore

/// A store in a dictionary: the contract's plainest implementation, with switches for what can go wrong.
public final class ModelStore: Store {
    fileprivate struct State {
        var rows: [Key: StoredState] = [:]
        var generation: UInt64 = 1
        var sequence: UInt64 = 0
        var failure: StrataError?
        var reads = 0
        var readKeys = 0
        var gate: Gate?
    }

    public let name: String
    public let callbackReads: (any CallbackReads)?
    /// A store that does not is called in a task in any case.
    public var keepsDeadlines: Bool { callbackReads != nil }
    private let state = NIOLockedValueBox(State())
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - name: the shard's name.
    ///   - now: milliseconds since 1970; nil for the real time.
    ///   - callbackReads: how it is read without a task; they don't know its rows.
    public init(
        name: String = "model", now: (@Sendable () -> Int64)? = { 1_000_000 },
        callbackReads: (any CallbackReads)? = nil
    ) {
        self.name = name
        self.callbackReads = callbackReads
        self.now = now ?? { Int64(Date().timeIntervalSince1970 * 1000) }
    }

    /// While set, every call fails with this.
    public var failure: StrataError? {
        get { state.withLockedValue { $0.failure } }
        set { state.withLockedValue { $0.failure = newValue } }
    }

    /// While set, reads wait at the gate after they read their rows and before they answer.
    public var gate: Gate? {
        get { state.withLockedValue { $0.gate } }
        set { state.withLockedValue { $0.gate = newValue } }
    }

    /// How many times `read` was called.
    public var readCount: Int { state.withLockedValue { $0.reads } }
    /// How many keys it was asked for in all.
    public var readKeyCount: Int { state.withLockedValue { $0.readKeys } }

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        let (answers, gate) = state.withLockedValue { state -> ([Result<Entry, StrataError>], Gate?) in
            state.reads += 1
            state.readKeys += keys.count
            let answers = keys.map { key in
                Result { () throws(StrataError) in
                    try state.check(key, context)
                    return state.row(key).entry(at: now())
                }
            }
            return (answers, state.gate)
        }
        await gate?.pass()
        return answers
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        state.withLockedValue { state in
            mutations.map { mutation in
                Result { () throws(StrataError) in
                    try state.check(mutation.key, context)
                    return try state.apply(mutation, at: now())
                }
            }
        }
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try state.withLockedValue { state in
            let before = state.rows
            return Result { () throws(StrataError) in
                var outcomes: [MutationOutcome] = []
                for mutation in mutations {
                    try state.check(mutation.key, context)
                    outcomes.append(try state.apply(mutation, at: now()))
                }
                return outcomes
            }.mapError { error in
                state.rows = before
                return error
            }
        }.get()
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        if let failure { throw failure }
        guard (1...10_000).contains(count) else {
            throw StrataError(.invalidArgument, "a page of a scan has 1 to 10,000 keys, not \(count)")
        }
        let found = state.withLockedValue { state in
            state.rows.keys.compactMap { key -> (position: KeyPosition, key: Key, type: EntryType)? in
                guard case .value(_, let type) = state.row(key).live(at: now()).content else { return nil }
                return (KeyPosition(of: key), key, type)
            }
        }
        let sorted = found.filter { $0.position >= start }.sorted { ($0.position, $0.key) < ($1.position, $1.key) }
        guard sorted.count > count else { return ScanPage(keys: sorted.map { ($0.key, $0.type) }, next: nil) }
        let last = sorted[count - 1].position
        let page = sorted.prefix { $0.position <= last }
        return ScanPage(keys: page.map { ($0.key, $0.type) }, next: page.count < sorted.count ? last.next : nil)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        if let failure { throw failure }
        return state.withLockedValue { state in
            state.rows.keys.count { state.row($0).live(at: now()).content != .absent }
        }
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        if let failure { throw failure }
        state.withLockedValue { state in
            state.rows = [:]
            state.generation += 1
        }
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        if let failure { throw failure }
        return [name: state.withLockedValue { $0.nextVersion() }]
    }

    public func health(context: StoreContext) async -> [ServerHealth] {
        [ServerHealth(name, failure.map { .down($0) } ?? .serving)]
    }
}

extension ModelStore.State {
    fileprivate func check(_ key: Key, _ context: StoreContext) throws(StrataError) {
        if let failure { throw failure }
        guard ContinuousClock.now < context.deadline else {
            throw StrataError(.timeout, "key '\(key)': the request's deadline had passed before it began")
        }
        guard key.bytes.count <= Key.maximumLength else {
            throw StrataError(
                .invalidArgument, "key '\(key)' has \(key.bytes.count) bytes, more than \(Key.maximumLength)")
        }
    }

    fileprivate func row(_ key: Key) -> StoredState {
        rows[key] ?? StoredState(content: .absent, version: Version(generation: generation, sequence: 0))
    }

    fileprivate mutating func nextVersion() -> Version {
        sequence += 1
        return Version(generation: generation, sequence: sequence)
    }

    fileprivate mutating func apply(_ mutation: Mutation, at now: Int64) throws(StrataError) -> MutationOutcome {
        let before = row(mutation.key).live(at: now)
        let existed = before.content != .absent
        let previous = existed && mutation.returnsPrevious ? before.entry(at: now) : nil
        let after: StoredState
        switch try mutation.decide(on: before, at: now) {
        case .keep:
            return MutationOutcome(applied: false, existed: existed, version: before.version, previous: previous)
        case .delete:
            after = StoredState(content: .absent, version: nextVersion())
        case .write(let content, let deadline, let tags):
            after = StoredState(content: content, version: nextVersion(), deadline: deadline, tags: tags)
        }
        rows[mutation.key] = after
        return MutationOutcome(
            applied: true, existed: existed, version: after.version, current: after.entry(at: now), previous: previous)
    }
}
