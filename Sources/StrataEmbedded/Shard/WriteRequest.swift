import StrataCore

/// Work for the one thread that writes to a shard.
struct WriteRequest: LaneRequest {
    /// What to do, and where the answers go.
    enum Work {
        /// Mutations, each for itself.
        case mutations([Mutation], parts: [Int], Gathering<MutationOutcome>)
        /// Mutations of one slot, all or none.
        case transaction([Mutation], Gathering<[MutationOutcome]>)
        case removeAll(part: Int, Gathering<Void>)
        case invalidate(Tag, part: Int, Gathering<Version>)
        case maintain(Upkeep, part: Int, Gathering<Int>)
    }

    let work: Work
    let deadline: ContinuousClock.Instant

    /// The mutations of the work, none for what is not made of them.
    private var mutations: [Mutation] {
        switch work {
        case .mutations(let mutations, _, _), .transaction(let mutations, _): mutations
        case .removeAll, .invalidate, .maintain: []
        }
    }

    var operations: Int { max(1, mutations.count) }

    var bytes: Int { mutations.reduce(0) { $0 + $1.bytes } }

    var isAbandoned: Bool {
        switch work {
        case .mutations(_, _, let gathering): gathering.isFinished
        case .transaction(_, let gathering): gathering.isFinished
        case .removeAll(_, let gathering): gathering.isFinished
        case .invalidate(_, _, let gathering): gathering.isFinished
        case .maintain(_, _, let gathering): gathering.isFinished
        }
    }

    func fail(_ error: StrataError) {
        switch work {
        case .mutations(_, let parts, let gathering): gathering.fail(parts, error)
        case .transaction(_, let gathering): gathering.fill(0, .failure(error))
        case .removeAll(let part, let gathering): gathering.fill(part, .failure(error))
        case .invalidate(_, let part, let gathering): gathering.fill(part, .failure(error))
        case .maintain(_, let part, let gathering): gathering.fill(part, .failure(error))
        }
    }

    /// The request as several, one for each mutation that stands for itself.
    var divided: [WriteRequest] {
        guard case .mutations(let mutations, let parts, let gathering) = work else { return [self] }
        return zip(mutations, parts).map { mutation, part in
            WriteRequest(work: .mutations([mutation], parts: [part], gathering), deadline: deadline)
        }
    }
}

/// What has to be removed by and by.
struct Upkeep: Sendable {
    /// Tombstones written before this time are collected, in milliseconds since 1970.
    let collectsBefore: Int64
    /// How many rows one step handles at most.
    let limit: Int
    /// Whether something has to be written even when there is nothing to remove, to learn whether that works again.
    let probes: Bool
}

extension Mutation {
    /// How many bytes of memory the mutation holds.
    var bytes: Int {
        switch operation {
        case .put(let value, _, _), .append(let value): key.bytes.count + value.count
        case .delete, .add, .addDecimal, .touch: key.bytes.count
        }
    }
}
