import NIOConcurrencyHelpers
import StrataCore

/// The store of caches that live in the levels only: it holds copies, so removing all of them can't fail, only be late.
///
/// After a removal that failed it answers `unavailable` until the removal was made up for. So nothing from before is
/// shown, no condition is decided by it, and nothing that was written afterwards is removed.
final class LevelsOnlyStore: Store {
    /// The numbers of the last removals: that were asked for, that failed, and before which everything is removed.
    private struct Removals {
        var asked = 0
        var failed = 0
        var made = 0

        var isOwed: Bool { failed > made }
    }

    private let base: any Store
    private let removals = NIOLockedValueBox(Removals())

    init(_ base: any Store) {
        self.base = base
    }

    var name: String { base.name }
    var isOneServer: Bool { base.isOneServer }
    var keepsDeadlines: Bool { base.keepsDeadlines }

    func removeAll(context: StoreContext) async throws(StrataError) {
        let number = removals.withLockedValue { removals in
            removals.asked += 1
            return removals.asked
        }
        do throws(StrataError) {
            try await remove(upTo: number, context)
        } catch {
            removals.withLockedValue { $0.failed = max($0.failed, number) }
            throw error
        }
    }

    /// Makes up for the removals that failed, if there are any.
    func makeUpForRemovals(context: StoreContext) async throws(StrataError) {
        guard let number = removals.withLockedValue({ $0.isOwed ? $0.asked : nil }) else { return }
        try await remove(upTo: number, context)
    }

    private func remove(upTo number: Int, _ context: StoreContext) async throws(StrataError) {
        try await base.removeAll(context: context)
        removals.withLockedValue { $0.made = max($0.made, number) }
    }

    /// Why nothing may be asked; nil when it may.
    private var refusal: StrataError? {
        guard removals.withLockedValue({ $0.isOwed }) else { return nil }
        return StrataError(
            .unavailable, "everything was removed while the server could not be reached, and it has yet to be emptied",
            origin: name, isUnsent: true)
    }

    private func check() throws(StrataError) {
        if let refusal { throw refusal }
    }

    func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        if let refusal { return keys.map { _ in .failure(refusal) } }
        return await base.read(keys, context: context)
    }

    func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        if let refusal { return mutations.map { _ in .failure(refusal) } }
        return await base.apply(mutations, context: context)
    }

    func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try check()
        return try await base.applyAtomically(mutations, context: context)
    }

    func scan(from start: KeyPosition, count: Int, context: StoreContext) async throws(StrataError) -> ScanPage {
        try check()
        return try await base.scan(from: start, count: count, context: context)
    }

    func count(context: StoreContext) async throws(StrataError) -> Int {
        try check()
        return try await base.count(context: context)
    }

    func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        try check()
        return try await base.invalidate(tag, context: context)
    }

    func health(context: StoreContext) async -> [ServerHealth] {
        if let refusal { return [ServerHealth(name, .down(refusal))] }
        return await base.health(context: context)
    }
}
