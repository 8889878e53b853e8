import StrataTestSupport
import Testing

@testable import StrataCore

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let lost = StrataError(.unavailable, "gone")
    private static let options = CircuitBreakerOptions(
        failureRatio: 0.5, slowRatio: 0.8, slowCall: .milliseconds(100), minimumCalls: 4, window: .seconds(10),
        trials: 2, pause: Backoff(first: .seconds(1), last: .seconds(4)))

    /// A breaker on a clock that only the test moves, with jitter that is the same on every run.
    private final class Bench {
        let clock = ManualClock()
        var breaker: CircuitBreaker
        var generator = SeededGenerator(seed: 7)

        init(_ options: CircuitBreakerOptions = CircuitBreakerTests.options) { breaker = CircuitBreaker(options) }

        var now: Timestamp { clock.now.timestamp }

        func ticket() -> CircuitBreaker.Ticket? {
            if case .proceed(let ticket) = breaker.admit(at: now).admission { ticket } else { nil }
        }

        var refusal: CircuitBreaker.Refusal? {
            if case .refuse(let refusal) = breaker.admit(at: now).admission { refusal } else { nil }
        }

        @discardableResult
        func finish(_ ticket: CircuitBreaker.Ticket, _ outcome: CallOutcome) -> CircuitBreaker.Transition? {
            breaker.finish(ticket, outcome, at: now, using: &generator)
        }

        @discardableResult
        func call(_ outcome: CallOutcome, took: Duration = .milliseconds(1)) throws -> CircuitBreaker.Transition? {
            let ticket = try #require(self.ticket())
            clock.advance(by: took)
            return finish(ticket, outcome)
        }

        func reach() -> CircuitBreaker.Transition? { breaker.reached(at: now) }

        func lose(_ error: StrataError = CircuitBreakerTests.lost) -> CircuitBreaker.Transition? {
            breaker.unreachable(error, at: now, using: &generator)
        }

        /// Opens the circuit and answers for how long.
        func open(_ error: StrataError = lost) throws -> Duration {
            for _ in 0..<3 { try call(.failed(error), took: .milliseconds(100)) }
            guard case .opened(_, let pause) = try call(.failed(error), took: .milliseconds(100)) else { throw lost }
            return pause
        }
    }

    @Test func `too many failures open it, and it says so once`() throws {
        let bench = Bench()
        for outcome in [CallOutcome.answered, .answered, .answered, .failed(Self.lost), .failed(Self.lost)] {
            #expect(try bench.call(outcome) == nil)
        }
        let late = [try #require(bench.ticket()), try #require(bench.ticket())]
        guard case .opened(let cause, let pause) = try bench.call(.failed(Self.lost)) else {
            Issue.record("three failures of six calls did not open it")
            return
        }
        #expect(cause == .failures(3, of: 6, last: Self.lost))
        #expect((.milliseconds(500)...(.seconds(1))).contains(pause))
        #expect(bench.refusal == CircuitBreaker.Refusal(cause: cause, wait: pause))
        #expect(bench.refusal?.error.isUnsent == true)
        // What was under way when it opened changes nothing any more.
        #expect(late.map { bench.finish($0, .failed(Self.lost)) } == [nil, nil])
    }

    @Test func `a few calls are no reason, whatever became of them`() throws {
        let bench = Bench()
        for _ in 0..<3 { #expect(try bench.call(.failed(Self.lost)) == nil) }
        #expect(bench.breaker.isClosed)
    }

    @Test func `slow calls open it though they are answered`() throws {
        let bench = Bench()
        try bench.call(.answered)
        for _ in 0..<3 { #expect(try bench.call(.answered, took: .milliseconds(100)) == nil) }
        guard case .opened(.slowCalls(4, of: 5), _) = try bench.call(.answered, took: .seconds(1)) else {
            Issue.record("four slow calls of five did not open it")
            return
        }
    }

    @Test func `failures that are over count no more`() throws {
        let bench = Bench()
        for _ in 0..<3 { try bench.call(.failed(Self.lost)) }
        bench.clock.advance(by: .seconds(10))
        #expect(try bench.call(.failed(Self.lost)) == nil)
        #expect(bench.breaker.isClosed)
    }

    @Test func `callers that gave up sooner than a slow call takes, or were cancelled, say nothing`() throws {
        let bench = Bench()
        let late = StrataError(.timeout, "too late")
        for _ in 0..<20 {
            try bench.call(.failed(late), took: .milliseconds(99))
            try bench.call(.abandoned, took: .seconds(1))
        }
        #expect(bench.breaker.isClosed)
        for _ in 0..<3 { try bench.call(.failed(late), took: .milliseconds(100)) }
        #expect(try bench.call(.failed(late), took: .milliseconds(100)) != nil)
    }

    @Test func `after the pause it lets its trials through and no more, and closes when all are answered`() throws {
        let bench = Bench()
        bench.clock.advance(by: try bench.open() - .nanoseconds(1))
        #expect(bench.refusal?.wait == .nanoseconds(1))
        bench.clock.advance(by: .nanoseconds(1))
        let first = bench.breaker.admit(at: bench.now)
        #expect(first.transition == .halfOpened)
        guard case .proceed(let trial) = first.admission else { return }
        let second = try #require(bench.ticket())
        #expect(bench.refusal != nil && bench.refusal?.wait == nil)
        #expect(bench.finish(trial, .answered) == nil)
        // One is answered and one under way: that is all of them.
        #expect(bench.refusal != nil)
        #expect(bench.finish(second, .answered) == .closed)
        #expect(bench.ticket() != nil)
    }

    @Test func `after it closed, what was before is forgotten`() throws {
        let bench = Bench()
        bench.clock.advance(by: try bench.open())
        for _ in 0..<2 { try bench.call(.answered) }
        for _ in 0..<3 { #expect(try bench.call(.failed(Self.lost)) == nil) }
        #expect(bench.breaker.isClosed)
    }

    @Test func `a trial whose caller gives up leaves its place to another`() throws {
        let bench = Bench()
        bench.clock.advance(by: try bench.open())
        for _ in 0..<10 { #expect(try bench.call(.abandoned) == nil) }
        #expect(try bench.call(.answered) == nil)
        #expect(try bench.call(.answered) == .closed)
    }

    @Test func `a failed or slow trial opens it again, for longer each time up to the longest`() throws {
        let bench = Bench()
        var pause = try bench.open()
        for (round, longest) in [2, 4, 4, 4].enumerated() {
            bench.clock.advance(by: pause)
            let transition =
                round % 2 == 0
                ? try bench.call(.failed(Self.lost)) : try bench.call(.answered, took: .milliseconds(100))
            guard case .reopened(let cause, let next) = transition else {
                Issue.record("trial \(round) did not open it again")
                return
            }
            #expect(cause == (round % 2 == 0 ? .failedTrial(Self.lost) : .slowTrial(.milliseconds(100))))
            #expect((.seconds(longest) / 2...(.seconds(longest))).contains(next))
            pause = next
        }
    }

    @Test func `the answer to an earlier trial is none to a later one`() throws {
        let bench = Bench()
        bench.clock.advance(by: try bench.open())
        let stale = try #require(bench.ticket())
        guard case .reopened(_, let pause) = try bench.call(.failed(Self.lost)) else { return }
        bench.clock.advance(by: pause)
        let trial = try #require(bench.ticket())
        #expect(bench.finish(stale, .failed(Self.lost)) == nil)
        #expect(bench.finish(trial, .answered) == nil)
        #expect(try bench.call(.answered) == .closed)
    }

    @Test func `one that opens again soon goes on with its pauses, one that held starts over`() throws {
        let bench = Bench()
        bench.clock.advance(by: try bench.open())
        for _ in 0..<2 { try bench.call(.answered) }
        let second = try bench.open()
        #expect((.seconds(1)...(.seconds(2))).contains(second))
        bench.clock.advance(by: second)
        for _ in 0..<2 { try bench.call(.answered) }
        bench.clock.advance(by: .seconds(4))
        #expect(try bench.open() <= .seconds(1))
    }

    @Test func `without any connection it opens at once, and a new connection brings the trials forward`() throws {
        let bench = Bench()
        guard case .opened(.unreachable(Self.lost), let pause) = bench.lose() else {
            Issue.record("an unreachable server did not open it")
            return
        }
        #expect(bench.lose() == nil)
        #expect(bench.refusal?.wait == pause)
        #expect(bench.reach() == .halfOpened)
        #expect(bench.reach() == nil)
        #expect(try bench.call(.answered) == nil)
        guard case .reopened(.unreachable(Self.lost), _) = bench.lose() else {
            Issue.record("a half-open circuit did not open without a connection")
            return
        }
    }

    @Test func `a new connection does not hurry a server that answers too little`() throws {
        let bench = Bench()
        let pause = try bench.open(StrataError(.timeout, "silent"))
        #expect(bench.reach() == nil)
        #expect(bench.refusal?.wait == pause)
        // Once the server can't be reached at all, its return is news.
        #expect(bench.lose() == nil)
        #expect(bench.reach() == .halfOpened)
    }

    @Test func `lost connections open it until there is one again, which then has to prove itself`() throws {
        let bench = Bench()
        let stale = try #require(bench.ticket())
        _ = try bench.open()
        #expect(bench.reach() == .halfOpened)
        #expect(bench.finish(stale, .failed(Self.lost)) == nil)
        guard case .reopened(.failedTrial, let pause) = try bench.call(.failed(Self.lost)) else { return }
        #expect(bench.reach() == nil)
        #expect(bench.refusal?.wait == pause)
    }

    @Test func `what was lost before the latest connection was made is no news`() throws {
        let bench = Bench()
        let lost = (0..<20).compactMap { _ in bench.ticket() }
        bench.clock.advance(by: .milliseconds(1))
        #expect(bench.reach() == nil)
        for ticket in lost { #expect(bench.finish(ticket, .failed(Self.lost)) == nil) }
        #expect(bench.breaker.isClosed)
    }

    @Test func `what is no trial is refused while it is open only`() throws {
        let bench = Bench()
        #expect(bench.breaker.refusal(at: bench.now) == nil)
        let pause = try bench.open()
        #expect(bench.breaker.refusal(at: bench.now)?.wait == pause)
        bench.clock.advance(by: pause)
        #expect(bench.breaker.refusal(at: bench.now) == nil)
        // Asking was no trial.
        #expect(bench.breaker.admit(at: bench.now).transition == .halfOpened)
    }

    @Test func `refusals say why and when it is tried again`() throws {
        let bench = Bench()
        _ = try bench.open()
        let error = try #require(bench.refusal).error
        #expect(error.code == .unavailable)
        #expect(
            error.message.hasPrefix("the circuit is open (4 of 4 calls failed, the last one: gone); the next trial"))
        let login = StrataError(.authentication, "wrong password")
        #expect(bench.lose(login) == nil)
        #expect(try #require(bench.refusal).error.code == .authentication)
    }

    @Test(arguments: [
        (StrataError(.timeout, ""), true), (StrataError(.unavailable, ""), true),
        (StrataError(.unavailable, "", sqlState: "57P01"), true), (StrataError(.timeout, "", sqlState: "57014"), true),
        (StrataError(.unavailable, "", sqlState: "25006"), false),
        (StrataError(.timeout, "", sqlState: "55P03"), false),
        (StrataError(.notOwned, ""), false), (StrataError(.server, "", sqlState: "40P01"), false),
    ])
    func `what the server itself answers is no failure of it`(error: StrataError, isFailure: Bool) {
        #expect(CallOutcome(error) == (isFailure ? .failed(error) : .answered))
    }

    @Test(arguments: [StrataError.Code.cancelled, .overloaded, .shutdown, .invalidArgument, .configuration])
    func `what never reached the server says nothing of it`(code: StrataError.Code) {
        #expect(CallOutcome(StrataError(code, "")) == .abandoned)
    }
}
