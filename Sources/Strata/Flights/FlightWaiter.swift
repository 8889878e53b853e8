import NIOConcurrencyHelpers
import StrataCore

/// One caller that waits for the answers of one or more flights, and is resumed once: with all of them, or when its task is
/// cancelled.
final class FlightWaiter<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, any Error>

    private struct State {
        var answers: [Answer?]
        var missing: Int
        var continuation: CheckedContinuation<Void, Never>?
        var isCancelled = false
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter answers: what is known already; nil where a flight will answer.
    init(answers: [Answer?]) {
        state = NIOLockedValueBox(State(answers: answers, missing: answers.count { $0 == nil }))
    }

    /// Takes in one answer, and resumes the caller when it was the last.
    func answer(_ index: Int, with answer: Answer) {
        let continuation = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard state.answers[index] == nil else { return nil }
            state.answers[index] = answer
            state.missing -= 1
            return state.missing == 0 ? state.continuation.take() : nil
        }
        continuation?.resume()
    }

    /// The places whose answers are missing.
    var missing: [Int] {
        state.withLockedValue { state in state.answers.indices.filter { state.answers[$0] == nil } }
    }

    /// Waits for all answers. When the task is cancelled, what is still missing becomes a `cancelled` error at once.
    ///
    /// - Parameter leave: called when the task is cancelled before all answers are there.
    func wait(onCancel leave: @escaping @Sendable () -> Void) async -> [Answer] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isComplete = state.withLockedValue { state in
                    guard state.missing > 0, !state.isCancelled else { return true }
                    state.continuation = continuation
                    return false
                }
                if isComplete { continuation.resume() }
            }
        } onCancel: {
            let (leaves, continuation) = state.withLockedValue { state in
                state.isCancelled = true
                return (state.missing > 0, state.continuation.take())
            }
            if leaves { leave() }
            continuation?.resume()
        }
        return state.withLockedValue { state in
            state.answers.map { $0 ?? .failure(StrataError.callerCancelled) }
        }
    }
}
