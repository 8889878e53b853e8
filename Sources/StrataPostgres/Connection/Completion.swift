import NIOConcurrencyHelpers
import StrataCore

/// The one answer to one caller: the first of result, error, deadline and cancellation wins, the others are dropped.
final class Completion<Output: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<Output, StrataError>, Never>)
        case finished(Result<Output, StrataError>)
        case taken
    }

    private let state = NIOLockedValueBox(State.open)

    /// Whether the caller has its answer, or it waits for the caller.
    var isFinished: Bool {
        state.withLockedValue { state in
            switch state {
            case .open, .awaited: false
            case .finished, .taken: true
            }
        }
    }

    /// Answers the caller.
    ///
    /// - Returns: whether this was the first answer.
    @discardableResult
    func finish(_ result: Result<Output, StrataError>) -> Bool {
        let (isFirst, continuation) = state.withLockedValue { state in
            switch state {
            case .open:
                state = .finished(result)
                return (true, nil as CheckedContinuation<Result<Output, StrataError>, Never>?)
            case .awaited(let continuation):
                state = .taken
                return (true, continuation)
            case .finished, .taken:
                return (false, nil)
            }
        }
        continuation?.resume(returning: result)
        return isFirst
    }

    /// Waits for the answer; called once. Cancelling the task answers `cancelled` at once.
    func value() async throws(StrataError) -> Output {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLockedValue { state -> Result<Output, StrataError>? in
                    switch state {
                    case .open:
                        state = .awaited(continuation)
                        return nil
                    case .finished(let result):
                        state = .taken
                        return result
                    case .awaited, .taken: preconditionFailure("an answer is awaited once")
                    }
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            finish(.failure(StrataError(.cancelled, "the calling task was cancelled")))
        }
        return try result.get()
    }
}
