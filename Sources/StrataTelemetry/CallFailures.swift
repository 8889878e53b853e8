import StrataCore

/// How a call failed that may be about several keys.
struct CallFailures {
    let first: StrataError
    /// For how many of its keys.
    let count: Int
    /// How many keys it was about.
    let size: Int

    init(_ error: StrataError) {
        first = error
        count = 1
        size = 1
    }

    /// Nil when no key failed.
    init?<Value>(of results: [Result<Value, StrataError>]) {
        var first: StrataError?
        var count = 0
        for case .failure(let error) in results {
            first = first ?? error
            count += 1
        }
        guard let first else { return nil }
        self.first = first
        self.count = count
        size = results.count
    }
}
