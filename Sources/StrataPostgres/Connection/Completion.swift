import NIOConcurrencyHelpers
import StrataCore

/// The one answer to one caller: the first of result, error, deadline and cancellation wins, the others are dropped.
final class Completion<Output: Sendable>: Sendable {
    private struct State {
        var isFinished = false
        /// The caller, once it waits.
        var continuation: CheckedContinuation<Result<Output, StrataError>, Never>?
        /// The answer, when it comes before the caller waits.
        var result: Result<Output, StrataError>?
    }

    private let state = NIOLockedValueBox(State())

    /// Whether the caller has its answer, or it waits for the caller.
    var isFinished: Bool { state.withLockedValue { $0.isFinished } }

    /// Answers the caller.
    ///
    /// - Returns: whether this was the first answer.
    @discardableResult
    func finish(_ result: Result<Output, StrataError>) -> Bool {
        var continuation: CheckedContinuation<Result<Output, StrataError>, Never>?
        let isFirst = state.withLockedValue { state in
            guard !state.isFinished else { return false }
            state.isFinished = true
            if state.continuation == nil { state.result = result } else { swap(&continuation, &state.continuation) }
            return true
        }
        continuation?.resume(returning: result)
        return isFirst
    }

    /// Waits for the answer; called once. Cancelling the task answers `cancelled` at once.
    func value() async throws(StrataError) -> Output {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLockedValue { state -> Result<Output, StrataError>? in
                    guard state.isFinished else {
                        precondition(state.continuation == nil, "an answer is awaited once")
                        state.continuation = continuation
                        return nil
                    }
                    guard let result = state.result else { preconditionFailure("an answer is awaited once") }
                    state.result = nil
                    return result
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            finish(.failure(StrataError(.cancelled, "the calling task was cancelled")))
        }
        return try result.get()
    }
}
