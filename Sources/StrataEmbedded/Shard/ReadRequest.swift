import StrataCore

/// Keys of one shard that a caller asked for.
struct ReadRequest: LaneRequest {
    /// The keys, none of which is too long.
    let keys: [Key]
    /// Where their answers go.
    let parts: [Int]
    let gathering: Gathering<Entry>
    let deadline: ContinuousClock.Instant

    var operations: Int { keys.count }
    var bytes: Int { keys.reduce(0) { $0 + $1.bytes.count } }
    var isAbandoned: Bool { gathering.isFinished }

    func fail(_ error: StrataError) {
        gathering.fail(parts, error)
    }
}
