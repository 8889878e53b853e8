import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// Reads of a store that an event loop asks and that call it back.
@Suite struct RedisCallbackReadTests {
    private typealias Answer = [Result<Entry, StrataError>]?
    private struct NotAsked: Error {}

    private let eventLoop = MultiThreadedEventLoopGroup.singleton.any()

    private func withStore<Output>(
        _ settings: RedisSettings = RedisSettings(prefix: "s:"),
        _ body: (RedisStore, RedisServer) async throws -> Output
    ) async throws -> Output {
        try await withRedis(settings) { server, client in
            try await body(RedisStore(client: client, cluster: testCluster), server)
        }
    }

    /// What the store answers an event loop, and not before the question has been taken.
    private func ask(
        _ store: RedisStore, _ keys: [Key], deadline: ContinuousClock.Instant = .soon
    ) async throws -> Answer {
        let promise = eventLoop.makePromise(of: Answer.self)
        eventLoop.execute { [eventLoop] in
            var isTaken = false
            let isAsked = store.read(keys, context: StoreContext(deadline: deadline)) { answer in
                eventLoop.preconditionInEventLoop()
                #expect(isTaken)
                promise.succeed(answer)
            }
            isTaken = true
            if !isAsked { promise.fail(NotAsked()) }
        }
        return try await promise.futureResult.get()
    }

    private func put(_ store: RedisStore, _ keys: [Key]) async throws {
        let mutations = keys.map { Mutation(.put($0.bytes), key: $0) }
        for result in await store.apply(mutations, context: StoreContext(deadline: .soon)) { _ = try result.get() }
    }

    @Test func answersAreThoseOfTheTask() async throws {
        try await withStore { store, _ in
            try await put(store, ["a", "b"])
            let keys: [Key] = ["a", "none", "b", Key(Array(repeating: 1, count: Key.maximumLength + 1)), "a"]
            let answer = try #require(try await ask(store, keys))
            let other = await store.read(keys, context: StoreContext(deadline: .soon))
            #expect(answer == other)
            let entry = try answer[2].get()
            #expect(entry.bytes == Array("b".utf8))
            #expect(failure(of: answer[3])?.code == .invalidArgument)
        }
    }

    @Test func aServerWithoutAVersionTakesMoreThanOneQuestion() async throws {
        try await withStore { store, _ in
            let first = try await ask(store, ["a"])
            #expect(first == nil)
            _ = await store.read(["a"], context: StoreContext(deadline: .soon))
            let second = try await ask(store, ["a"])
            #expect(second?.count == 1)
        }
    }

    @Test func onlyAnEventLoopOfTheClientIsAnswered() async throws {
        try await withStore { store, _ in
            try await put(store, ["a"])
            let isAsked = store.read(["a"], context: StoreContext(deadline: .soon)) { _ in
                Issue.record("it was not asked")
            }
            #expect(!isAsked)
            let other = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let isAskedElsewhere = try await other.next().submit {
                store.read(["a"], context: StoreContext(deadline: .soon)) { _ in Issue.record("it was not asked") }
            }.get()
            #expect(!isAskedElsewhere)
            try await other.shutdownGracefully()
        }
    }

    @Test func aStoppedServerIsAnsweredForAtTheDeadline() async throws {
        let never = CircuitBreakerOptions(minimumCalls: 1_000_000)
        try await withStore(RedisSettings(prefix: "s:", breaker: never)) { store, server in
            try await put(store, ["a"])
            _ = try await ask(store, ["a"])
            server.pause()
            defer { server.resume() }
            var lateness = Lateness()
            for _ in 0..<20 {
                await lateness.measure(allowed: .milliseconds(60)) {
                    let answer = try? await ask(store, ["a", "b"], deadline: .now + .milliseconds(60))
                    #expect(answer?.map { failure(of: $0)?.code } == [.timeout, .timeout])
                }
            }
            #expect(lateness.isTimely, "\(lateness)")
        }
    }

    @Test func anOpenCircuitAnswersAtOnce() async throws {
        let hasty = CircuitBreakerOptions(slowCall: .seconds(20), minimumCalls: 5)
        try await withStore(RedisSettings(prefix: "s:", breaker: hasty)) { store, server in
            try await put(store, ["a"])
            server.kill()
            try await eventually {
                let answer = try #require(try await ask(store, ["a"]))
                let error = failure(of: answer[0])
                #expect(error?.origin == store.client.origin)
                return error?.message.contains("the circuit is open") == true
            }
            try await server.restart()
            try await eventually {
                // It has lost its versions, which is not a failure.
                guard let answer = try await ask(store, ["a"]) else { return true }
                return failure(of: answer[0]) == nil
            }
        }
    }

    @Test func whoLearnsOfALostConnectionMayAskAgainAtOnce() async throws {
        try await withStore { store, server in
            try await put(store, ["a"])
            server.pause()
            let (asked, answered) = (NIOLockedValueBox(0), NIOLockedValueBox(0))
            eventLoop.execute {
                func ask(_ attemptsLeft: Int) {
                    asked.withLockedValue { $0 += 1 }
                    let isAsked = store.read(["a"], context: StoreContext(deadline: .soon)) { _ in
                        answered.withLockedValue { $0 += 1 }
                        if attemptsLeft > 0 { ask(attemptsLeft - 1) }
                    }
                    #expect(isAsked)
                }
                for _ in 0..<50 { ask(3) }
            }
            try await eventually { asked.withLockedValue { $0 } == 50 }
            server.kill()
            try await eventually { answered.withLockedValue { $0 } == 200 }
        }
    }
}
