import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisLaneStateTests {
    private let down = StrataError(.unavailable, "gone")

    private func serving(slots: Int = 1, inFlight: Int = 4, waiting: Int = 3) -> RedisLaneState<Int> {
        var state = RedisLaneState<Int>(
            slots: slots,
            limits: RedisConfiguration.Limits(commandsInFlight: inFlight, waitingRequests: waiting, waitingBytes: 1000))
        let isFirst = state.start()
        #expect(isFirst)
        for slot in 0..<slots { state.becameReady(slot: slot) }
        return state
    }

    @Test func requestsWaitForTheFirstAttemptOnly() {
        var state = RedisLaneState<Int>(slots: 2, limits: RedisConfiguration.Limits())
        let starts = [state.start(), state.start()]
        #expect(starts == [true, false])
        #expect(state.admit(1, commands: 1, bytes: 10) == .wait)
        #expect(state.lost(slot: 0, down) == [])
        #expect(state.admit(2, commands: 1, bytes: 10) == .wait)
        #expect(state.lost(slot: 1, down) == [1, 2])
        #expect(state.admit(3, commands: 1, bytes: 10) == .refuse(down))
        state.becameReady(slot: 1)
        #expect(state.admit(4, commands: 1, bytes: 10) == .send(slot: 1))
    }

    @Test func theLeastBusyConnectionIsUsed() {
        var state = serving(slots: 2)
        #expect(state.admit(1, commands: 2, bytes: 1) == .send(slot: 0))
        state.sent(2, slot: 0)
        #expect(state.admit(2, commands: 1, bytes: 1) == .send(slot: 1))
        state.writabilityChanged(false, slot: 1)
        #expect(state.admit(3, commands: 1, bytes: 1) == .send(slot: 0))
    }

    @Test func aFullPipelineMakesRequestsWaitInOrder() {
        var state = serving()
        state.sent(4, slot: 0)
        #expect(state.admit(1, commands: 1, bytes: 1) == .wait)
        #expect(state.admit(2, commands: 1, bytes: 1) == .wait)
        #expect(state.next() == nil)
        state.received(slot: 0)
        // A request that comes now does not overtake the ones that wait.
        #expect(state.admit(3, commands: 1, bytes: 1) == .wait)
        #expect(state.next()?.request == 1)
        state.sent(1, slot: 0)
        #expect(state.next() == nil)
    }

    @Test func theLoadIsWhatIsIdleUnderWayAndWaiting() {
        var state = serving(slots: 2)
        #expect(state.load == RedisLoad(limit: 2, idle: 2))
        state.sent(4, slot: 0)
        #expect(state.load == RedisLoad(limit: 2, idle: 1, commandsInFlight: 4))
        state.sent(3, slot: 1)
        #expect(state.admit(1, commands: 2, bytes: 1) == .wait)
        #expect(state.load == RedisLoad(limit: 2, commandsInFlight: 7, waitingRequests: 1))
        _ = state.lost(slot: 0, down)
        #expect(state.load == RedisLoad(limit: 2, commandsInFlight: 3, waitingRequests: 1))
    }

    @Test func whatWaitsIsBounded() {
        var state = serving()
        state.sent(4, slot: 0)
        for request in 1...3 { #expect(state.admit(request, commands: 1, bytes: 1) == .wait) }
        guard case .refuse(let error) = state.admit(4, commands: 1, bytes: 1) else {
            Issue.record("the queue has no bound")
            return
        }
        #expect(error.code == .overloaded)
        #expect(state.removeWaiting { $0 != 2 } == [1, 3])
        guard case .refuse(let large) = state.admit(5, commands: 1, bytes: 1000) else {
            Issue.record("the queue's bytes have no bound")
            return
        }
        #expect(large.code == .overloaded)
        #expect(state.admit(6, commands: 1, bytes: 999) == .wait)
    }

    @Test func aBatchAboveTheLimitGoesOutAlone() {
        var state = serving()
        #expect(state.admit(1, commands: 100, bytes: 1) == .send(slot: 0))
        state.sent(100, slot: 0)
        #expect(state.admit(2, commands: 1, bytes: 1) == .wait)
        for _ in 0..<100 { state.received(slot: 0) }
        #expect(state.next()?.request == 2)
    }

    @Test func closingFailsWhatWaitsAndWhatComes() {
        var state = serving()
        state.sent(4, slot: 0)
        #expect(state.admit(1, commands: 1, bytes: 1) == .wait)
        #expect(state.close() == [1])
        guard case .refuse(let error) = state.admit(2, commands: 1, bytes: 1) else {
            Issue.record("a closed client takes requests")
            return
        }
        #expect(error.code == .shutdown)
        #expect(state.lost(slot: 0, down) == [])
    }

    @Test func theServersClockIsNeverTakenForEarlierThanItIs() {
        let clock = RedisClock()
        #expect(clock.now() == nil)
        let sent = ContinuousClock.now
        clock.update(1_000_000, sent: sent)
        #expect(clock.now(at: sent)! >= 1_000_000)
        #expect(clock.now(at: sent + .milliseconds(250))! >= 1_000_250)
        #expect(clock.now(at: sent + .milliseconds(250))! <= 1_000_252)
    }
}
