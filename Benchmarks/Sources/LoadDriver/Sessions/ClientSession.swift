package import NIOCore

/// One client of a phase: decides what to send next, and books what comes back. It does no I/O and reads no clock.
///
/// Whoever drives it calls `next` until it has nothing to send, and `complete` for each answer, in the order of the
/// requests. A read-modify-write is two requests of one operation; the second goes out before any new operation.
package struct ClientSession: Sendable {
    /// What to do now.
    package enum Step: Hashable, Sendable {
        case send(Request)
        /// Nothing before an answer arrives.
        case awaitAnswer
        /// Nothing before this time, unless an answer arrives first.
        case awaitTime(NIODeadline)
        /// Nothing any more.
        case finish
    }

    /// A request to the server.
    package struct Request: Hashable, Sendable {
        package var record: Int
        /// The ticket of a write; nil for a read.
        package var write: WriteTicket?
    }

    /// How the server answered.
    package enum Outcome {
        /// A read found this.
        case found(UnsafeRawBufferPointer)
        /// A read found nothing.
        case missing
        /// A write was acknowledged.
        case stored
        /// The server refused, or answered something else; the text says what.
        case failed(String)
    }

    private struct Pending: Sendable {
        var kind: OperationKind
        var request: Request
        /// Where the operation's latency counts from.
        var start: NIODeadline
        /// When the request itself was handed out.
        var sent: NIODeadline
        /// The oldest write a read may see.
        var floor: UInt32
    }

    private let plan: PhasePlan
    private let client: Int
    private let share: Int
    private let pace: Pace?
    private var generator: SplitMix64
    private var begun = 0
    private var pending: CircularBuffer<Pending>
    private var followUps = CircularBuffer<(record: Int, start: NIODeadline)>()

    /// - Parameters:
    ///   - client: which client of the plan, `0 ..< plan.clients`.
    ///   - start: when the phase starts.
    package init(plan: PhasePlan, client: Int, start: NIODeadline) {
        self.plan = plan
        self.client = client
        share = plan.share(of: client)
        pace = plan.rate.map { Pace(rate: $0, client: client, clients: plan.clients, start: start) }
        generator = SplitMix64(seed: SplitMix64.mix(plan.seed) ^ SplitMix64.mix(UInt64(client) &+ 1))
        pending = CircularBuffer(initialCapacity: plan.depth)
    }

    /// When the oldest request under way was sent, or nil when none is.
    package var oldestRequest: NIODeadline? { pending.first?.sent }

    /// How many operations have ended, failed ones included.
    package var completed: Int { begun - pending.count - followUps.count }

    /// Whether every operation has ended.
    package var isFinished: Bool { begun == share && pending.isEmpty && followUps.isEmpty }

    /// What to do at this time.
    package mutating func next(at now: NIODeadline) -> Step {
        if let (record, start) = followUps.popFirst() {
            return .send(book(.readModifyWrite, record, writes: true, start: start, at: now))
        }
        guard pending.count < plan.depth else { return .awaitAnswer }
        guard begun < share else { return pending.isEmpty ? .finish : .awaitAnswer }
        let start = pace?.start(of: begun) ?? now
        guard start <= now else { return .awaitTime(start) }
        // Operations are dealt out in turn, so the phases that visit every record take client, client + clients, …
        let turn = client + begun * plan.clients
        begun += 1
        switch plan.phase {
        case .load:
            return .send(book(.insert, turn, writes: true, start: start, at: now))
        case .verify:
            return .send(book(.read, turn, writes: false, start: start, at: now))
        case .run:
            let kind = generator.unit() < plan.workload.readShare ? .read : plan.workload.otherKind
            let record = plan.distribution.next(using: &generator)
            return .send(book(kind, record, writes: kind == .update, start: start, at: now))
        }
    }

    /// Books the answer to the oldest request under way.
    package mutating func complete(_ outcome: Outcome, at now: NIODeadline, into tally: inout Tally) {
        let answered = pending.removeFirst()
        let record = answered.request.record
        switch (outcome, answered.request.write) {
        case (.failed(let text), _):
            tally.fail(text)
        case (.stored, let ticket?):
            plan.ledger?.acknowledge(ticket, of: record)
            if answered.kind == .readModifyWrite {
                tally.measurePart(.update, nanoseconds: elapsed(from: answered.sent, to: now))
            }
            tally.complete(answered.kind, nanoseconds: elapsed(from: answered.start, to: now))
        case (.found(let bytes), nil):
            check(bytes, answered, into: &tally)
            completeRead(answered, at: now, into: &tally)
        case (.missing, nil):
            tally.countNotFound()
            check(nil, answered, into: &tally)
            completeRead(answered, at: now, into: &tally)
        case (.stored, nil), (.found, _?), (.missing, _?):
            tally.fail("the server's answer is of another kind than the command's")
        }
    }

    /// Books all requests under way as failed: their connection was lost, and whether they took effect is unknown.
    package mutating func connectionLost(_ text: String, into tally: inout Tally) {
        while pending.popFirst() != nil { tally.fail(text) }
    }

    private mutating func book(
        _ kind: OperationKind, _ record: Int, writes: Bool, start: NIODeadline, at now: NIODeadline
    ) -> Request {
        let ticket = writes ? plan.ledger?.begin(record) ?? .uncounted : nil
        let request = Request(record: record, write: ticket)
        let floor = writes ? 0 : plan.ledger?.floor(of: record) ?? 0
        pending.append(Pending(kind: kind, request: request, start: start, sent: now, floor: floor))
        return request
    }

    private mutating func completeRead(_ answered: Pending, at now: NIODeadline, into tally: inout Tally) {
        if answered.kind == .readModifyWrite {
            tally.measurePart(.read, nanoseconds: elapsed(from: answered.sent, to: now))
            followUps.append((answered.request.record, answered.start))
        } else {
            tally.complete(.read, nanoseconds: elapsed(from: answered.start, to: now))
        }
    }

    private func check(_ bytes: UnsafeRawBufferPointer?, _ answered: Pending, into tally: inout Tally) {
        let record = answered.request.record
        guard let reason = plan.ledger?.judge(bytes, of: record, floor: answered.floor) else { return }
        tally.count(Mismatch(key: RecordKey.text(record), reason: reason))
    }

    private func elapsed(from start: NIODeadline, to end: NIODeadline) -> UInt64 {
        end > start ? end.uptimeNanoseconds - start.uptimeNanoseconds : 0
    }
}
