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
    private let state = NIOLockedValueBox(State())
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - name: the shard's name.
    ///   - now: milliseconds since 1970.
    public init(name: String = "model", now: @escaping @Sendable () -> Int64 = { 1_000_000 }) {
        self.name = name
        self.now = now
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
            if let failure = state.failure { return (keys.map { _ in .failure(failure) }, nil) }
            return (keys.map { .success(state.row($0).entry(at: now())) }, state.gate)
        }
        await gate?.pass()
        return answers
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        state.withLockedValue { state in
            if let failure = state.failure { return mutations.map { _ in .failure(failure) } }
            return mutations.map { mutation in
                Result { () throws(StrataError) in try state.apply(mutation, at: now()) }
            }
        }
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try state.withLockedValue { state in
            let before = state.rows
            return Result { () throws(StrataError) in
                if let failure = state.failure { throw failure }
                var outcomes: [MutationOutcome] = []
                for mutation in mutations { outcomes.append(try state.apply(mutation, at: now())) }
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
        let keys = state.withLockedValue { state in
            state.rows.keys.filter { state.row($0).live(at: now()).content != .absent }
        }
        let sorted = keys.map { (KeyPosition(of: $0), $0) }.filter { $0.0 >= start }.sorted { $0 < $1 }
        guard sorted.count > count else { return ScanPage(keys: sorted.map { ($0.1, .string) }, next: nil) }
        let last = sorted[count - 1].0
        let page = sorted.prefix { $0.0 <= last }
        return ScanPage(keys: page.map { ($0.1, .string) }, next: page.count < sorted.count ? last.next : nil)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        state.withLockedValue { state in
            state.rows.keys.count { state.row($0).live(at: now()).content != .absent }
        }
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        state.withLockedValue { state in
            state.rows = [:]
            state.generation += 1
        }
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        [name: state.withLockedValue { $0.nextVersion() }]
    }

    public func health(context: StoreContext) async -> [String: StrataError] {
        failure.map { [name: $0] } ?? [:]
    }
}

extension ModelStore.State {
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
