public import StrataCore

extension EmbeddedStore {
    public func apply(
        _ mutations: [Mutation], context: StoreContext
    ) async -> [Result<MutationOutcome, StrataError>] {
        guard !mutations.isEmpty else { return [] }
        let gathering = Gathering<MutationOutcome>(parts: mutations.count)
        var parts = [[Int]](repeating: [], count: shards.count)
        let isLate = context.deadline <= .now
        for (index, mutation) in mutations.enumerated() {
            do throws(StrataError) {
                try mutation.validate()
                if isLate { throw EmbeddedStore.late }
                parts[shard(of: mutation.key)].append(index)
            } catch {
                gathering.fill(index, .failure(error))
            }
        }
        for (shard, parts) in zip(shards, parts) where !parts.isEmpty {
            let work = WriteRequest.Work.mutations(parts.map { mutations[$0] }, parts: parts, gathering)
            shard.writes.submit(WriteRequest(work: work, deadline: context.deadline))
        }
        return await gathering.results()
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        guard let first = mutations.first else { return [] }
        for mutation in mutations {
            try mutation.validate()
            guard Slot(of: mutation.key) == Slot(of: first.key) else {
                throw StrataError(
                    .invalidArgument,
                    "the keys \(first.key) and \(mutation.key) lie in different slots; give them a common {tag}")
            }
        }
        guard context.deadline > .now else { throw EmbeddedStore.late }
        let gathering = Gathering<[MutationOutcome]>(parts: 1)
        shards[shard(of: first.key)].writes.submit(
            WriteRequest(work: .transaction(mutations, gathering), deadline: context.deadline))
        return try await gathering.results()[0].get()
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        _ = try await onEveryShard(by: context) { .removeAll(part: $0, $1) }
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        let versions = try await onEveryShard(by: context) { .invalidate(tag, part: $0, $1) }
        return Dictionary(uniqueKeysWithValues: zip(shards.map(\.name), versions))
    }

    /// Has every shard's writer do something; ends with the first error when one can't.
    func onEveryShard<Value: Sendable>(
        by context: StoreContext, _ work: (_ shard: Int, Gathering<Value>) -> WriteRequest.Work
    ) async throws(StrataError) -> [Value] {
        guard context.deadline > .now else { throw EmbeddedStore.late }
        let gathering = Gathering<Value>(parts: shards.count)
        for (index, shard) in shards.enumerated() {
            shard.writes.submit(WriteRequest(work: work(index, gathering), deadline: context.deadline))
        }
        var values: [Value] = []
        for result in await gathering.results() { values.append(try result.get()) }
        return values
    }
}
