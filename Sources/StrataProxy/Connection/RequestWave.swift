import StrataCore

/// The requests of one batch of input that have to ask the levels, put together so that each kind is one call.
struct RequestWave: Sendable {
    typealias Ticket = RequestPipeline<PendingReply>.Ticket

    /// Reads, with whose answers which request continues.
    struct Reads: Sendable {
        var keys: [Key] = []
        var requests: [(ticket: Ticket, count: Int, render: ReadPlan.Render)] = []
    }

    /// Changes, with whose outcomes which request continues.
    struct Writes: Sendable {
        var mutations: [Mutation] = []
        var requests: [(ticket: Ticket, count: Int, render: @Sendable (WritePlan.Answers, inout ReplyWriter) -> Void)] =
            []
    }

    var strong = Reads()
    var writes = Writes()
    var others: [(ticket: Ticket, run: @Sendable (any ServedCache) async -> Rendering)] = []

    var isEmpty: Bool {
        strong.requests.isEmpty && writes.requests.isEmpty && others.isEmpty
    }

    mutating func add(_ plan: WritePlan, _ ticket: Ticket) {
        writes.mutations += plan.mutations
        writes.requests.append((ticket, plan.mutations.count, plan.render))
    }
}

extension RequestWave.Reads {
    mutating func add(_ plan: ReadPlan, _ ticket: RequestWave.Ticket) {
        keys += plan.keys
        requests.append((ticket, plan.keys.count, plan.render))
    }

    /// The replies that answers make, by request.
    func replies(_ answers: [Result<Entry, StrataError>]) -> [(ticket: RequestWave.Ticket, reply: PendingReply)] {
        precondition(answers.count == keys.count, "\(answers.count) answers for \(keys.count) keys")
        var start = 0
        return requests.map { ticket, count, render in
            defer { start += count }
            return (ticket, .read(answers[start..<start + count], render))
        }
    }
}

extension RequestWave.Writes {
    /// The replies that outcomes make, by request.
    func replies(
        _ answers: [Result<MutationOutcome, StrataError>]
    ) -> [(ticket: RequestWave.Ticket, reply: PendingReply)] {
        precondition(answers.count == mutations.count, "\(answers.count) outcomes for \(mutations.count) mutations")
        var start = 0
        return requests.map { ticket, count, render in
            defer { start += count }
            return (ticket, .write(answers[start..<start + count], render))
        }
    }
}
