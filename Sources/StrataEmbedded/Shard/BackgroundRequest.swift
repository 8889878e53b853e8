import StrataCore

/// Work over many rows, kept away from the threads of single keys.
struct BackgroundRequest: LaneRequest {
    enum Work {
        /// One page of a scan.
        case scan(from: KeyPosition, count: Int, Gathering<ScanPage>)
        /// How many keys hold a value.
        case count(Gathering<Int>)
        /// Moves what is in a shard's log into its file.
        case checkpoint(shard: Int, Gathering<Void>)
    }

    let work: Work
    let deadline: ContinuousClock.Instant

    var operations: Int { 1 }
    var bytes: Int { 0 }

    var isAbandoned: Bool {
        switch work {
        case .scan(_, _, let gathering): gathering.isFinished
        case .count(let gathering): gathering.isFinished
        case .checkpoint(_, let gathering): gathering.isFinished
        }
    }

    func fail(_ error: StrataError) {
        switch work {
        case .scan(_, _, let gathering): gathering.fill(0, .failure(error))
        case .count(let gathering): gathering.fill(0, .failure(error))
        case .checkpoint(_, let gathering): gathering.fill(0, .failure(error))
        }
    }
}
