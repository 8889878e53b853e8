/// What a call says about the server it went to.
package enum CallOutcome: Hashable, Sendable {
    /// The server answered, if only with a refusal.
    case answered
    /// It could not be reached or did not answer.
    case failed(StrataError)
    /// Nothing: the caller gave up, or the call was never made.
    case abandoned

    /// The outcome of a call that ended with an error, or with none.
    package init(_ error: StrataError?) {
        guard let error else {
            self = .answered
            return
        }
        switch error.code {
        case .timeout, .unavailable:
            // An error with a SQLSTATE came from a server that works, such as a row lock's timeout, unless the server
            // speaks of its connections (08), of its resources (53) or of its shutdown (57).
            let speaks = error.sqlState.map { ["08", "53", "57"].contains($0.prefix(2)) } ?? true
            self = speaks ? .failed(error) : .answered
        case .notOwned, .invalidOperation, .server, .storage: self = .answered
        default: self = error.sqlState == nil ? .abandoned : .answered
        }
    }
}
