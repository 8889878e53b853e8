import DequeModule

/// What one connection in pipeline mode has sent and has to receive; decides, and does no I/O.
///
/// What is sent falls into segments, each ended by a sync. Requests that may be repeated share a segment, any other has one
/// of its own, because Postgres runs a segment as one implicit transaction: after an error in it the rest is aborted, and
/// what a write did is committed only when its sync is answered. So nothing is reported before the sync's answer, and what
/// was aborted, having done nothing, is sent again.
///
/// libpq answers NULL both after a statement's last result and when nothing is due, so results are counted here.
/// Source: PostgreSQL documentation, 34.5 "Pipeline Mode".
struct PipelineStateMachine {
    /// One request on its way.
    struct Ticket: Hashable {
        let identifier: UInt64
        /// The statement to prepare once per connection; nil for one that is parsed each time.
        let statement: Int?
        /// Whether it may share a segment, and be sent again after the connection broke.
        let isRepeatable: Bool
        /// Whether it has to have a segment of its own though it is repeatable.
        var isAlone = false
        /// Whether it may go to another connection when the server refused it without having done anything, be it
        /// repeatable or not.
        var mayMove = false
    }

    /// What to send.
    enum Command: Equatable {
        case prepare(statement: Int)
        /// Execute the ticket's prepared statement, or parse and execute it when it is not to be prepared.
        case execute(UInt64, prepared: Bool)
        case sync
    }

    /// What was received.
    enum Event: Equatable {
        case success
        case failure(sqlState: String)
        /// The server skipped a statement because one before it failed.
        case aborted
        /// The end of one statement's results.
        case end
        case sync
    }

    /// What to do about it.
    enum Action: Equatable {
        case none
        /// Keep this result for the ticket; it is complete when the sync comes.
        case keep(UInt64)
        /// Keep this error for these tickets.
        case fail([UInt64])
        /// The segment's transaction ended: answer the tickets, and send the ones to be repeated again.
        case complete([UInt64], again: [UInt64])
        /// Close the connection; the text says why.
        case close(String)
    }

    /// What becomes of a ticket when its connection closes.
    enum Orphan: Equatable {
        /// It can be sent on another connection.
        case again(UInt64)
        /// It may have been executed or not.
        case lost(UInt64)
    }

    private enum Item {
        case prepare(Int)
        case execute(Ticket)
    }

    private enum Outcome {
        case pending, answered, again
    }

    private struct Segment {
        var items: [Item] = []
        var outcomes: [Outcome] = []
        /// The item whose results come next; beyond the last one the sync is due.
        var next = 0
        var failedStatements: Set<Int> = []
        /// Whether the commit failed and the end of that error's results is due.
        var endsError = false
    }

    private var segments: Deque<Segment> = []
    private var prepared: Set<Int> = []
    private var losses = 0
    private var leaveReason: LeaveReason?
    /// Whether the server has said that it ends the session: it has run nothing of what follows.
    private var isEnding = false

    /// Whether statements are prepared at all; not behind a pooler that changes servers between transactions.
    var prepares = true

    /// How many tickets have been sent and not completed.
    private(set) var inFlight = 0

    /// Whether something is due from the server.
    var awaitsResults: Bool { !segments.isEmpty }

    /// Behind a pooler that changes servers between transactions, prepared statements keep vanishing: after this many
    /// losses on one connection none is used on it any more.
    static let toleratedLosses = 3

    // MARK: Sending

    /// Takes in tickets and says what to send for them, in order.
    mutating func send(_ tickets: [Ticket]) -> [Command] {
        var commands: [Command] = []
        commands.reserveCapacity(tickets.count + 2)
        var segment = Segment()
        for ticket in tickets {
            let shares = ticket.isRepeatable && !ticket.isAlone
            if !shares { close(&segment, &commands) }
            append(ticket, to: &segment, &commands)
            if !shares { close(&segment, &commands) }
        }
        close(&segment, &commands)
        return commands
    }

    private mutating func append(_ ticket: Ticket, to segment: inout Segment, _ commands: inout [Command]) {
        var usesPrepared = false
        if let statement = ticket.statement, prepares, losses <= PipelineStateMachine.toleratedLosses {
            usesPrepared = true
            if prepared.insert(statement).inserted {
                segment.items.append(.prepare(statement))
                segment.outcomes.append(.pending)
                commands.append(.prepare(statement: statement))
            }
        }
        segment.items.append(.execute(ticket))
        segment.outcomes.append(.pending)
        commands.append(.execute(ticket.identifier, prepared: usesPrepared))
        inFlight += 1
    }

    private mutating func close(_ segment: inout Segment, _ commands: inout [Command]) {
        guard !segment.items.isEmpty else { return }
        segments.append(segment)
        commands.append(.sync)
        segment = Segment()
    }

    // MARK: Receiving

    /// Takes in one thing that was received.
    mutating func receive(_ event: Event) -> Action {
        guard !segments.isEmpty else { return .close("the server sent a result nobody asked for") }
        if event == .sync { return receiveSync() }
        let index = segments[0].next
        guard index < segments[0].items.count else { return receiveBeforeSync(event) }
        switch (event, segments[0].items[index]) {
        case (.end, _):
            guard segments[0].outcomes[index] != .pending else { return .close("a statement ended without a result") }
            segments[0].next += 1
            return .none
        case (.success, .prepare):
            segments[0].outcomes[index] = .answered
            return .none
        case (.success, .execute(let ticket)):
            segments[0].outcomes[index] = .answered
            return .keep(ticket.identifier)
        case (.aborted, .prepare(let statement)):
            segments[0].outcomes[index] = .answered
            prepared.remove(statement)
            return .none
        case (.aborted, .execute(let ticket)):
            // With the error of its statement's preparation it was answered already.
            let failed = ticket.statement.map { segments[0].failedStatements.contains($0) } ?? false
            segments[0].outcomes[index] = failed ? .answered : .again
            return .none
        case (.failure(let state), .prepare(let statement)): return receiveFailure(state, preparing: statement)
        case (.failure(let state), .execute(let ticket)): return receiveFailure(state, of: ticket)
        case (.sync, _): preconditionFailure("a sync is handled before")
        }
    }

    private mutating func receiveFailure(_ state: String, preparing statement: Int) -> Action {
        segments[0].outcomes[segments[0].next] = .answered
        // The name is made of the statement's text: what exists under it is the same statement.
        if state == SQLState.duplicatePreparedStatement { return .none }
        prepared.remove(statement)
        if SQLState.endsOfSession.contains(state) {
            isEnding = true
            return .none
        }
        segments[0].failedStatements.insert(statement)
        return .fail(
            segments[0].items.compactMap { item in
                guard case .execute(let ticket) = item, ticket.statement == statement else { return nil }
                return ticket.identifier
            })
    }

    private mutating func receiveFailure(_ state: String, of ticket: Ticket) -> Action {
        let index = segments[0].next
        if state == SQLState.unknownPreparedStatement, let statement = ticket.statement {
            prepared.remove(statement)
            losses += 1
            segments[0].outcomes[index] = .again
            return .none
        }
        if SQLState.endsOfSession.contains(state), ticket.mayMove {
            // The statement had not ended, so its transaction is undone.
            isEnding = true
            segments[0].outcomes[index] = .again
            return .none
        }
        if state == SQLState.readOnlyTransaction {
            leaveReason = .readOnlyServer
            if ticket.mayMove {
                segments[0].outcomes[index] = .again
                return .none
            }
        }
        if state == SQLState.featureNotSupported, ticket.statement != nil, ticket.isRepeatable {
            // "cached plan must not change result type": what was prepared before a migration.
            leaveReason = .outdatedPlans
            segments[0].outcomes[index] = .again
            return .none
        }
        segments[0].outcomes[index] = .answered
        return .fail([ticket.identifier])
    }

    /// After the last statement, an error is that of the commit.
    private mutating func receiveBeforeSync(_ event: Event) -> Action {
        switch event {
        case .failure:
            segments[0].endsError = true
            return .fail(
                zip(segments[0].items, segments[0].outcomes).compactMap { item, outcome in
                    guard case .execute(let ticket) = item, outcome == .answered else { return nil }
                    return ticket.identifier
                })
        case .end where segments[0].endsError:
            segments[0].endsError = false
            return .none
        case .success, .aborted, .end, .sync: return .close("the server sent a result nobody asked for")
        }
    }

    private mutating func receiveSync() -> Action {
        let segment = segments[0]
        guard segment.next == segment.items.count else { return .close("the server left out a result") }
        segments.removeFirst()
        isEnding = false
        var done: [UInt64] = []
        var again: [UInt64] = []
        for (item, outcome) in zip(segment.items, segment.outcomes) {
            guard case .execute(let ticket) = item else { continue }
            if outcome == .again { again.append(ticket.identifier) } else { done.append(ticket.identifier) }
        }
        inFlight -= done.count + again.count
        return .complete(done, again: again)
    }

    /// Why the connection should take no more requests after what was just completed; nil when it should.
    mutating func takeLeaveReason() -> LeaveReason? {
        defer { leaveReason = nil }
        return leaveReason
    }

    /// Takes in that the connection is gone, and says what becomes of each ticket that was not completed.
    mutating func close() -> [Orphan] {
        defer {
            segments = []
            inFlight = 0
        }
        return segments.flatMap { segment in
            zip(segment.items, segment.outcomes).compactMap { item, outcome -> Orphan? in
                guard case .execute(let ticket) = item else { return nil }
                let hasNotRun = isEnding && ticket.mayMove && outcome == .pending
                let isHarmless = ticket.isRepeatable || outcome == .again || hasNotRun
                return isHarmless ? .again(ticket.identifier) : .lost(ticket.identifier)
            }
        }
    }
}
