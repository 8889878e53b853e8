public import StrataCore

/// A store that lets every call wait at a gate and ignores deadlines and cancellation; behind the gate is a model.
public struct StuckStore: Store {
    public let name = "stuck"
    public let model = ModelStore()
    /// Where the calls wait.
    public let gate = Gate()

    public init() {}

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        await gate.pass()
        return await model.read(keys, context: patient)
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        await gate.pass()
        return await model.apply(mutations, context: patient)
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        await gate.pass()
        return try await model.applyAtomically(mutations, context: patient)
    }

    public func scan(from start: KeyPosition, count: Int, context: StoreContext) async throws(StrataError) -> ScanPage {
        await gate.pass()
        return try await model.scan(from: start, count: count, context: patient)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        await gate.pass()
        return try await model.count(context: patient)
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        await gate.pass()
        try await model.removeAll(context: patient)
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        await gate.pass()
        return try await model.invalidate(tag, context: patient)
    }

    public func health(context: StoreContext) async -> [ServerHealth] {
        await gate.pass()
        return await model.health(context: patient)
    }

    private var patient: StoreContext { StoreContext(deadline: .now + .seconds(60)) }
}
