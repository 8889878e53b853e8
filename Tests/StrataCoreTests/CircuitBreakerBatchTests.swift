import StrataTestSupport
import Testing

@testable import StrataCore

@Suite("Answers that a circuit breaker gets together")
struct CircuitBreakerBatchTests {
    private static let options = CircuitBreakerOptions(
        failureRatio: 0.5, slowRatio: 0.8, slowCall: .milliseconds(100), minimumCalls: 4, window: .seconds(10),
        trials: 2, pause: Backoff(first: .seconds(1), last: .seconds(4)))
    private static let slowCall = UInt64(100_000_000)

    private func ticket(_ breaker: inout CircuitBreaker, _ now: Timestamp) -> CircuitBreaker.Ticket? {
        if case .proceed(let ticket) = breaker.admit(at: now).admission { ticket } else { nil }
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func `they judge as those that come one by one`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var generators = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
        var (single, batched) = (
            CircuitBreaker(CircuitBreakerBatchTests.options), CircuitBreaker(CircuitBreakerBatchTests.options)
        )
        var answers = CircuitBreaker.Answers()
        var now = Timestamp(nanoseconds: 1_000_000_000)
        var opened = 0
        for _ in 0..<2000 {
            let tickets = (ticket(&single, now), ticket(&batched, now))
            #expect((tickets.0 == nil) == (tickets.1 == nil))
            if Bool.random(using: &random) {
                // As an event loop does at the end of a turn: what it counted belongs to the time before.
                batched.finish(&answers, at: now)
                now = now.advanced(by: .milliseconds(.random(in: 0..<240, using: &random)))
            }
            guard let first = tickets.0, let second = tickets.1 else { continue }
            let isAnswered = Bool.random(using: &random)
            let outcome = isAnswered ? CallOutcome.answered : .failed(StrataError(.unavailable, "gone"))
            let expected = single.finish(first, outcome, at: now, using: &generators.0)
            var transition: CircuitBreaker.Transition?
            let isBatched =
                isAnswered
                && answers.add(second, at: now, slowCallNanoseconds: CircuitBreakerBatchTests.slowCall)
            if !isBatched {
                batched.finish(&answers, at: now)
                transition = batched.finish(second, outcome, at: now, using: &generators.1)
            }
            #expect(transition == expected)
            if case .opened? = expected { opened += 1 }
        }
        #expect(opened > 0, "the generated calls never open a circuit")
    }

    @Test func `those from before it opened say nothing about it afterwards`() throws {
        var breaker = CircuitBreaker(CircuitBreakerBatchTests.options)
        var generator = SeededGenerator(seed: 7)
        var now = Timestamp(nanoseconds: 1_000_000_000)
        var answers = CircuitBreaker.Answers()
        let early = try #require(ticket(&breaker, now))
        let wasAdded = answers.add(early, at: now, slowCallNanoseconds: CircuitBreakerBatchTests.slowCall)
        #expect(wasAdded)
        _ = breaker.unreachable(StrataError(.unavailable, "gone"), at: now, using: &generator)
        now = now.advanced(by: .seconds(2))
        let trial = try #require(ticket(&breaker, now))
        // A trial counts by itself, and the early answer is none.
        let isTaken = answers.add(trial, at: now, slowCallNanoseconds: CircuitBreakerBatchTests.slowCall)
        #expect(!isTaken)
        breaker.finish(&answers, at: now)
        #expect(answers.count == 0)
        #expect(!breaker.isClosed)
        #expect(breaker.finish(trial, .answered, at: now, using: &generator) == nil)
        let second = try #require(ticket(&breaker, now))
        #expect(breaker.finish(second, .answered, at: now, using: &generator) == .closed)
        #expect(breaker.closedGeneration != nil)
    }
}
