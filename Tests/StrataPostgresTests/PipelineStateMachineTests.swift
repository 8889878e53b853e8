import Testing

@testable import StrataPostgres

@Suite struct PipelineStateMachineTests {
    typealias Ticket = PipelineStateMachine.Ticket

    private func read(_ identifier: UInt64, alone: Bool = false) -> Ticket {
        Ticket(identifier: identifier, statement: 7, isRepeatable: true, isAlone: alone)
    }

    private func write(_ identifier: UInt64) -> Ticket {
        Ticket(identifier: identifier, statement: 8, isRepeatable: false)
    }

    private func user(_ identifier: UInt64) -> Ticket {
        Ticket(identifier: identifier, statement: nil, isRepeatable: false)
    }

    /// Feeds events of which none asks for anything but what is expected.
    private func feed(
        _ machine: inout PipelineStateMachine, _ events: [PipelineStateMachine.Event],
        _ actions: [PipelineStateMachine.Action]
    ) {
        for (event, action) in zip(events, actions) { #expect(machine.receive(event) == action, "after \(event)") }
    }

    @Test func readsShareOneSyncAndPrepareOnce() {
        var machine = PipelineStateMachine()
        #expect(
            machine.send([read(1), read(2)]) == [
                .prepare(statement: 7), .execute(1, prepared: true), .execute(2, prepared: true), .sync,
            ])
        #expect(machine.send([read(3)]) == [.execute(3, prepared: true), .sync])
        #expect(machine.inFlight == 3)
        feed(
            &machine, [.success, .end, .success, .end, .success, .end, .sync],
            [.none, .none, .keep(1), .none, .keep(2), .none, .complete([1, 2], again: [])])
        #expect(machine.inFlight == 1)
        feed(&machine, [.success, .end, .sync], [.keep(3), .none, .complete([3], again: [])])
        #expect(!machine.awaitsResults)
    }

    @Test func behindAPoolerNothingIsPrepared() {
        var machine = PipelineStateMachine()
        machine.prepares = false
        #expect(
            machine.send([read(1), write(2)]) == [
                .execute(1, prepared: false), .sync, .execute(2, prepared: false), .sync,
            ])
        feed(
            &machine, [.success, .end, .sync, .success, .end, .sync],
            [.keep(1), .none, .complete([1], again: []), .keep(2), .none, .complete([2], again: [])])
    }

    @Test func eachWriteHasItsOwnSync() {
        var machine = PipelineStateMachine()
        #expect(
            machine.send([write(1), write(2), read(3), read(4)]) == [
                .prepare(statement: 8), .execute(1, prepared: true), .sync, .execute(2, prepared: true), .sync,
                .prepare(statement: 7), .execute(3, prepared: true), .execute(4, prepared: true), .sync,
            ])
    }

    @Test func abortedReadsAreSentAgainAndTheFailedOneIsNot() {
        var machine = PipelineStateMachine()
        _ = machine.send([read(1), read(2), read(3)])
        feed(
            &machine,
            [.success, .end, .success, .end, .failure(sqlState: "22000"), .end, .aborted, .end, .sync],
            [.none, .none, .keep(1), .none, .fail([2]), .none, .none, .none, .complete([1, 2], again: [3])])
    }

    @Test func aWriteIsCompleteOnlyWithItsSync() {
        var machine = PipelineStateMachine()
        _ = machine.send([write(1)])
        feed(&machine, [.success, .end, .success, .end], [.none, .none, .keep(1), .none])
        // The commit fails after the statement succeeded.
        #expect(machine.receive(.failure(sqlState: "53100")) == .fail([1]))
        #expect(machine.receive(.end) == .none)
        #expect(machine.receive(.sync) == .complete([1], again: []))
    }

    @Test func aLostPreparedStatementIsPreparedAgain() {
        var machine = PipelineStateMachine()
        _ = machine.send([write(1)])
        feed(
            &machine, [.success, .end, .success, .end, .sync],
            [.none, .none, .keep(1), .none, .complete([1], again: [])])
        #expect(machine.send([write(2)]) == [.execute(2, prepared: true), .sync])
        feed(&machine, [.failure(sqlState: "26000"), .end, .sync], [.none, .none, .complete([], again: [2])])
        #expect(machine.send([write(2)]) == [.prepare(statement: 8), .execute(2, prepared: true), .sync])
    }

    @Test func behindAPoolerThatLosesStatementsNoneIsPrepared() {
        var machine = PipelineStateMachine()
        for _ in 0...PipelineStateMachine.toleratedLosses {
            #expect(machine.send([write(1)]).first == .prepare(statement: 8))
            feed(
                &machine, [.success, .end, .failure(sqlState: "26000"), .end, .sync],
                [.none, .none, .none, .none, .complete([], again: [1])])
        }
        #expect(machine.send([write(1)]) == [.execute(1, prepared: false), .sync])
    }

    @Test func aStatementThatExistsAlreadyIsUsed() {
        var machine = PipelineStateMachine()
        _ = machine.send([read(1)])
        feed(
            &machine, [.failure(sqlState: "42P05"), .end, .aborted, .end, .sync],
            [.none, .none, .none, .none, .complete([], again: [1])])
        #expect(machine.send([read(1)]) == [.execute(1, prepared: true), .sync])
    }

    @Test func aFailedPreparationFailsItsRequests() {
        var machine = PipelineStateMachine()
        _ = machine.send([read(1), read(2)])
        feed(
            &machine, [.failure(sqlState: "42883"), .end, .aborted, .end, .aborted, .end, .sync],
            [.fail([1, 2]), .none, .none, .none, .none, .none, .complete([1, 2], again: [])])
        #expect(machine.send([read(3)]).first == .prepare(statement: 7))
    }

    @Test func aReadOnlyServerIsLeft() {
        var machine = PipelineStateMachine()
        _ = machine.send([user(1)])
        feed(&machine, [.failure(sqlState: "25006"), .end, .sync], [.fail([1]), .none, .complete([1], again: [])])
        #expect(machine.takeLeaveReason() != nil)
        #expect(machine.takeLeaveReason() == nil)
    }

    @Test func closingReturnsReadsAndLosesWrites() {
        var machine = PipelineStateMachine()
        _ = machine.send([read(1), read(2), write(3)])
        #expect(machine.close() == [.again(1), .again(2), .lost(3)])
        #expect(machine.inFlight == 0 && !machine.awaitsResults)
    }

    @Test func aConnectionThatOnlyAnswersNothingIsClosed() {
        var machine = PipelineStateMachine()
        _ = machine.send([user(1)])
        feed(&machine, [.success, .end], [.keep(1), .none])
        guard case .close = machine.receive(.end) else { return #expect(Bool(false), "it waits for a sync for ever") }
        #expect(machine.close() == [.lost(1)])
    }

    @Test func resultsNobodyAskedForCloseTheConnection() {
        var machine = PipelineStateMachine()
        guard case .close = machine.receive(.success) else { return #expect(Bool(false), "it was accepted") }
        _ = machine.send([user(1)])
        guard case .close = machine.receive(.end) else { return #expect(Bool(false), "an end without a result") }
        guard case .close = machine.receive(.sync) else { return #expect(Bool(false), "a sync before the result") }
    }

    private func movable(_ identifier: UInt64) -> Ticket {
        Ticket(identifier: identifier, statement: 8, isRepeatable: false, mayMove: true)
    }

    @Test func aReadOnlyServersRefusalMovesTheWriteAndLeavesTheOthers() {
        var machine = PipelineStateMachine()
        _ = machine.send([movable(1), read(2), user(3)])
        feed(
            &machine, [.success, .end, .failure(sqlState: "25006"), .end, .sync],
            [.none, .none, .none, .none, .complete([], again: [1])])
        #expect(machine.takeLeaveReason() == .readOnlyServer)
        feed(
            &machine, [.success, .end, .success, .end, .sync, .success, .end, .sync],
            [.none, .none, .keep(2), .none, .complete([2], again: []), .keep(3), .none, .complete([3], again: [])])
    }

    @Test(arguments: ["57P01", "57P02", "57P05"])
    func whatTheServerHasNotRunAtTheEndOfItsSessionIsSentAgain(state: String) {
        var machine = PipelineStateMachine()
        _ = machine.send([movable(1), movable(2), user(3)])
        feed(
            &machine, [.success, .end, .success, .end, .sync],
            [.none, .none, .keep(1), .none, .complete([1], again: [])])
        feed(&machine, [.failure(sqlState: state)], [.none])
        #expect(machine.close() == [.again(2), .lost(3)])
    }

    @Test func aWriteWhoseCommitWasUnderWayIsLost() {
        var machine = PipelineStateMachine()
        _ = machine.send([movable(1), movable(2)])
        feed(&machine, [.success, .end, .success, .end], [.none, .none, .keep(1), .none])
        #expect(machine.close() == [.lost(1), .lost(2)])
    }
}
