extension CircuitBreaker.Cause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .failures(let count, let calls, let last):
            "\(count) of \(calls) calls failed, the last one: \(last.message)"
        case .slowCalls(let count, let calls): "\(count) of \(calls) calls were slow"
        case .unreachable(let error): error.message
        case .failedTrial(let error): "a trial failed: \(error.message)"
        case .slowTrial(let took): "a trial took \(took.wholeMilliseconds) ms"
        }
    }

    /// How callers are told: a login that is refused stays that, whatever the circuit does.
    fileprivate var code: StrataError.Code {
        if case .unreachable(let error) = self, error.code != .timeout { error.code } else { .unavailable }
    }
}

extension CircuitBreaker.Refusal {
    /// The error of a call that is not made, without the server's name.
    package var error: StrataError {
        guard let wait else {
            return StrataError(
                cause.code, "the circuit is half-open and its trials are under way (\(cause))", isUnsent: true)
        }
        // A started millisecond counts: who waits as long as it says is not refused again.
        return StrataError(
            cause.code, "the circuit is open (\(cause)); the next trial is in \(wait.wholeMilliseconds + 1) ms",
            isUnsent: true)
    }
}
