public import StrataCore

/// A store, or a shard of one, whose calls are observed: a span and a time for each.
///
/// Callers that share a statement of the server have a span each. Asking for its health is no call of anybody's, and has
/// none.
public struct ObservedStore<Base: Store>: Store {
    /// The store itself.
    public let base: Base
    private let observer: ServerObserver

    public init(_ base: Base, _ server: ObservedServer, _ observation: Observation) {
        self.base = base
        observer = ServerObserver(server, ObservedOperation.ofStores, observation)
    }

    public var name: String { base.name }
    public var isOneServer: Bool { base.isOneServer }
    public var keepsDeadlines: Bool { base.keepsDeadlines }
    public var callbackReads: (any CallbackReads)? { base.callbackReads.flatMap(observer.observed) }

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        let name = ObservedOperation.read.name
        return await observer.call(
            .read, as: ObservedOperation.batch(of: name, size: keys.count, otherwise: .read), size: keys.count
        ) {
            await base.read(keys, context: context)
        }
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        await observer.call(.apply, as: batch(of: mutations, .apply), size: mutations.count) {
            await base.apply(mutations, context: context)
        }
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try await observer.callThrowing(
            .applyAtomically, as: batch(of: mutations, .applyAtomically), size: mutations.count
        ) { () async throws(StrataError) in
            try await base.applyAtomically(mutations, context: context)
        }
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        try await observer.callThrowing(.scan) { () async throws(StrataError) in
            try await base.scan(from: start, count: count, context: context)
        }
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        try await observer.callThrowing(.count) { () async throws(StrataError) in
            try await base.count(context: context)
        }
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        try await observer.callThrowing(.removeAll) { () async throws(StrataError) in
            try await base.removeAll(context: context)
        }
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        try await observer.callThrowing(.invalidateTag) { () async throws(StrataError) in
            try await base.invalidate(tag, context: context)
        }
    }

    public func health(context: StoreContext) async -> [ServerHealth] { await base.health(context: context) }

    private func batch(of mutations: [Mutation], _ operation: ObservedOperation) -> String {
        ObservedOperation.batch(of: mutations.commonName, size: mutations.count, otherwise: operation)
    }
}
