import NIOConcurrencyHelpers
import StrataCore

/// The one answer to one caller: the first of result, error, deadline and cancellation wins, the others are dropped.
///
/// The answer lies here until the caller, once resumed, takes it: to pass it through the continuation would copy it as a
/// value of a type that only the runtime knows.
struct Completion<Output: Sendable>: Sendable {
    private struct State {
        var isFinished = false
        /// The caller, once it waits.
        var continuation: CheckedContinuation<Void, Never>?
        /// The answer, until the caller takes it.
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
        var continuation: CheckedContinuation<Void, Never>?
        let isFirst = state.withLockedValue { state in
            guard !state.isFinished else { return false }
            state.isFinished = true
            state.result = result
            swap(&continuation, &state.continuation)
            return true
        }
        continuation?.resume()
        return isFirst
    }

    /// Waits for the answer; called once. Cancelling the task answers `cancelled` at once.
    nonisolated(nonsending) func value() async throws(StrataError) -> Output {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isEarly = state.withLockedValue { state in
                    precondition(state.continuation == nil, "an answer is awaited once")
                    if !state.isFinished { state.continuation = continuation }
                    return state.isFinished
                }
                if isEarly { continuation.resume() }
            }
        } onCancel: {
            finish(.failure(StrataError(.cancelled, "the calling task was cancelled")))
        }
        var result: Result<Output, StrataError>?
        state.withLockedValue { swap(&result, &$0.result) }
        guard let result else { preconditionFailure("an answer is awaited once") }
        return try result.get()
    }
}
