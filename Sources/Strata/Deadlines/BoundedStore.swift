import StrataCore

/// A store that does not keep its deadlines, as its callers want to see it: each call is answered in time.
struct BoundedStore: Store {
    let base: any Store
    let calls: BoundedCalls

    var name: String { base.name }
    var isOneServer: Bool { base.isOneServer }
    var keepsDeadlines: Bool { true }

    func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        await calls.make(name, by: context.deadline) {
            await base.read(keys, context: context)
        } failure: { error in
            keys.map { _ in .failure(error) }
        }
    }

    func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        await calls.make(name, by: context.deadline) {
            await base.apply(mutations, context: context)
        } failure: { error in
            mutations.map { _ in .failure(error) }
        }
    }

    func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try await calls.makeThrowing(name, by: context.deadline) { () async throws(StrataError) in
            try await base.applyAtomically(mutations, context: context)
        }
    }

    func scan(from start: KeyPosition, count: Int, context: StoreContext) async throws(StrataError) -> ScanPage {
        try await calls.makeThrowing(name, by: context.deadline) { () async throws(StrataError) in
            try await base.scan(from: start, count: count, context: context)
        }
    }

    func count(context: StoreContext) async throws(StrataError) -> Int {
        try await calls.makeThrowing(name, by: context.deadline) { () async throws(StrataError) in
            try await base.count(context: context)
        }
    }

    func removeAll(context: StoreContext) async throws(StrataError) {
        try await calls.makeThrowing(name, by: context.deadline) { () async throws(StrataError) in
            try await base.removeAll(context: context)
        }
    }

    func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        try await calls.makeThrowing(name, by: context.deadline) { () async throws(StrataError) in
            try await base.invalidate(tag, context: context)
        }
    }

    func health(context: StoreContext) async -> [ServerHealth] {
        await calls.make(name, by: context.deadline) {
            await base.health(context: context)
        } failure: { error in
            [ServerHealth(base.name, .down(error))]
        }
    }
}
