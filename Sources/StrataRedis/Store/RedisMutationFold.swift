import StrataCore

/// Runs mutations one after the other on entries that were read, without writing: what is to be written, and what each
/// mutation answers once the versions are known.
///
/// Invariant: `drafts[key]` is the key's state after the mutations so far; `drawn` of them made a new version each, numbered
/// from 0 in the order in which they ran.
struct RedisMutationFold {
    /// A version that was read, or one that is still to be drawn.
    enum DraftVersion {
        case known(Version)
        case drawn(Int)

        func resolved(_ first: UInt64) -> Version {
            switch self {
            case .known(let version): version
            case .drawn(let number): Version(rawValue: first + UInt64(number))
            }
        }
    }

    private struct Draft {
        var state: StoredState
        var version: DraftVersion
    }

    private struct Outcome {
        var applied: Bool
        var existed: Bool
        var version: DraftVersion
        var current: Draft?
        var previous: Draft?
    }

    /// What a key has to become.
    struct Change {
        var key: Key
        /// The version it had when it was read; nil when it was missing.
        var readVersion: Version?
        var state: StoredState
        /// Which of the drawn versions it gets; nil when it stays as it is.
        var drawn: Int?
    }

    /// The server's time when the entries were read.
    private let now: Int64
    /// How many versions are needed.
    private(set) var drawn = 0
    private var keys: [Key] = []
    private var drafts: [Key: Draft] = [:]
    private var readVersions: [Key: Version] = [:]
    private var outcomes: [Result<Outcome, StrataError>] = []

    init(now: Int64) {
        self.now = now
    }

    /// Takes in an entry that was read.
    mutating func add(_ key: Key, _ stored: RedisStored) {
        keys.append(key)
        readVersions[key] = stored.readVersion
        drafts[key] = Draft(state: stored.state, version: .known(stored.state.version))
    }

    /// Runs a mutation of a key that was added.
    mutating func run(_ mutation: Mutation) throws(StrataError) {
        guard let before = drafts[mutation.key] else { preconditionFailure("a mutation of a key that was not read") }
        let decision: Mutation.Decision
        do throws(StrataError) {
            decision = try mutation.decide(on: before.state, at: now)
        } catch {
            outcomes.append(.failure(error))
            throw error
        }
        let existed = before.state.content != .absent
        let previous = mutation.returnsPrevious && existed ? before : nil
        // No caller can know a version that is still to be drawn; the highest one stands for it.
        var after = StoredState(content: .absent, version: Version(rawValue: .max))
        switch decision {
        case .keep:
            outcomes.append(
                .success(
                    Outcome(applied: false, existed: existed, version: before.version, current: nil, previous: previous)
                ))
            return
        case .delete: break
        case .write(let content, let deadline, let tags):
            (after.content, after.deadline, after.tags) = (content, deadline, tags)
        }
        let draft = Draft(state: after, version: .drawn(drawn))
        drawn += 1
        drafts[mutation.key] = draft
        outcomes.append(
            .success(
                Outcome(applied: true, existed: existed, version: draft.version, current: draft, previous: previous)))
    }

    /// What the keys have to become, those included that stay as they are.
    var changes: [Change] {
        keys.compactMap { key in
            drafts[key].map { draft in
                var number: Int?
                if case .drawn(let drawn) = draft.version { number = drawn }
                return Change(key: key, readVersion: readVersions[key], state: draft.state, drawn: number)
            }
        }
    }

    /// The answers to the mutations in order.
    ///
    /// - Parameter first: the first of the versions that were drawn.
    func results(first: UInt64) -> [Result<MutationOutcome, StrataError>] {
        func entry(_ draft: Draft?) -> Entry? {
            guard let draft else { return nil }
            var state = draft.state
            state.version = draft.version.resolved(first)
            return state.entry(at: now)
        }
        return outcomes.map { outcome in
            outcome.map { outcome in
                MutationOutcome(
                    applied: outcome.applied, existed: outcome.existed, version: outcome.version.resolved(first),
                    current: entry(outcome.current), previous: entry(outcome.previous))
            }
        }
    }
}
