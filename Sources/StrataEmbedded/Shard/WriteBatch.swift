import StrataCore

/// What the mutations of one transaction have come to so far: each key is read once, and written once at the end.
struct WriteBatch {
    /// When the transaction runs, in milliseconds since 1970.
    let now: Int64
    private var states: [Key: StoredState] = [:]
    private var changed: Set<Key> = []

    init(now: Int64) {
        self.now = now
    }

    /// The rows to write, in the order in which the file keeps them.
    var changes: [(position: KeyPosition, key: Key, state: StoredState)] {
        changed.map { (KeyPosition(of: $0), $0, states[$0]!) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    }

    /// Runs one mutation.
    ///
    /// - Parameters:
    ///   - read: what the file holds for a key.
    ///   - version: makes the version of a change of a key.
    /// - Returns: its outcome, or the reason why it can't be done, which leaves the rest as it is.
    /// - Throws: what `read` throws.
    mutating func run(
        _ mutation: Mutation, read: (Key) throws -> StoredState, version: (Key) -> Version
    ) throws -> Result<MutationOutcome, StrataError> {
        var state = try states[mutation.key] ?? read(mutation.key)
        let outcome: MutationOutcome
        do throws(StrataError) {
            outcome = try mutation.run(on: &state, at: now) { version(mutation.key) }
        } catch {
            return .failure(error)
        }
        states[mutation.key] = state
        if outcome.applied { changed.insert(mutation.key) }
        return .success(outcome)
    }

    /// Runs mutations so that either all or none of them leave a change.
    mutating func runAll(
        _ mutations: [Mutation], read: (Key) throws -> StoredState, version: (Key) -> Version
    ) throws -> Result<[MutationOutcome], StrataError> {
        // Only what the mutations touch is remembered: a copy of the batch for each transaction would cost its square.
        var touched: [Key: (state: StoredState?, wasChanged: Bool)] = [:]
        var outcomes: [MutationOutcome] = []
        for mutation in mutations {
            let key = mutation.key
            if touched[key] == nil { touched[key] = (states[key], changed.contains(key)) }
            switch try run(mutation, read: read, version: version) {
            case .success(let outcome): outcomes.append(outcome)
            case .failure(let error):
                for (key, before) in touched {
                    states[key] = before.state
                    if !before.wasChanged { changed.remove(key) }
                }
                return .failure(error)
            }
        }
        return .success(outcomes)
    }
}
