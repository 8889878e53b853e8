import NIOConcurrencyHelpers
import StrataCore

/// What one caller waits for: a result for each of its parts, which come from several threads in any order.
///
/// Each part is answered once; whoever answers it first wins, be it a shard, the deadline or the caller's cancellation.
final class Gathering<Element: Sendable>: Sendable {
    typealias PartResult = Result<Element, StrataError>

    private struct State {
        var results: [PartResult?]
        var missing: Int
        var caller: CheckedContinuation<[PartResult], Never>?

        mutating func fill(_ index: Int, _ result: PartResult) {
            // Once the caller has its results, none are left.
            guard results.indices.contains(index), results[index] == nil else { return }
            results[index] = result
            missing -= 1
        }

        /// The caller to wake and what with, once, when nothing is missing any more.
        mutating func finish() -> (CheckedContinuation<[PartResult], Never>, [PartResult])? {
            guard missing == 0, let caller else { return nil }
            self.caller = nil
            defer { results = [] }
            return (caller, results.compactMap(\.self))
        }
    }

    private let state: NIOLockedValueBox<State>

    /// A gathering of so many parts.
    init(parts: Int) {
        state = NIOLockedValueBox(State(results: Array(repeating: nil, count: parts), missing: parts))
    }

    /// Whether every part has its result, so that no work for them is needed any more.
    var isFinished: Bool { state.withLockedValue { $0.missing == 0 } }

    /// Answers one part.
    func fill(_ index: Int, _ result: PartResult) {
        update { $0.fill(index, result) }
    }

    /// Answers some parts, each with its result.
    func fill(_ indices: [Int], _ results: [PartResult]) {
        update { for (index, result) in zip(indices, results) { $0.fill(index, result) } }
    }

    /// Answers some parts with one error.
    func fail(_ indices: [Int], _ error: StrataError) {
        update { for index in indices { $0.fill(index, .failure(error)) } }
    }

    /// Answers every part that is missing with one error.
    func failMissing(_ error: StrataError) {
        update { for index in $0.results.indices { $0.fill(index, .failure(error)) } }
    }

    /// The results in the order of the parts, as soon as all are there, or the caller's task is cancelled.
    func results() async -> [PartResult] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                update { $0.caller = caller }
            }
        } onCancel: {
            failMissing(.callerCancelled)
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let finished = state.withLockedValue { state in
            change(&state)
            return state.finish()
        }
        if let (caller, results) = finished { caller.resume(returning: results) }
    }
}
