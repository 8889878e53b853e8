public import StrataCore

/// What the primary does. Everything that changes something raises the floors before its caller hears of it.
extension ReplicatedShard {
    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        let results = await primary.apply(mutations, context: context)
        for (mutation, result) in zip(mutations, results) { raise(mutation.key, after: result) }
        return results
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        do throws(StrataError) {
            let outcomes = try await primary.applyAtomically(mutations, context: context)
            for (mutation, outcome) in zip(mutations, outcomes) { raise(mutation.key, after: .success(outcome)) }
            return outcomes
        } catch {
            for mutation in mutations { raise(mutation.key, after: .failure(error)) }
            throw error
        }
    }

    private func raise(_ key: Key, after result: Result<MutationOutcome, StrataError>) {
        switch result {
        case .success(let outcome): floors.raise(key, to: outcome.version)
        // Its version is not known: only what is from later is new enough.
        case .failure(let error) where error.mayHaveHappened: floors.raise(key, to: Version(rawValue: .max))
        case .failure: break
        }
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        try await primary.scan(from: start, count: count, context: context)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        try await primary.count(context: context)
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        defer { floors.raiseAll() }
        try await primary.removeAll(context: context)
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        defer { floors.raiseAll() }
        return try await primary.invalidate(tag, context: context)
    }

    /// Whether the primary can serve; a replica that can't is passed over.
    public func health(context: StoreContext) async -> [ServerHealth] {
        await primary.health(context: context)
    }
}
