import DequeModule
import NIOConcurrencyHelpers
import NIOCore
import StrataCore

/// Lets one task of this process at a time read and change a key, so that a process never fights itself over it.
///
/// Other processes are not kept out: writes compare versions. Tasks take turns in the order in which they came.
final class RedisKeyGate: Sendable {
    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<StrataError?, Never>
    }

    private struct State {
        /// Keys that somebody holds, with those who wait for them.
        var held: [Key: Deque<Waiter>] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = NIOLockedValueBox(State())
    private let timers: any EventLoop

    init(timers: any EventLoop) {
        self.timers = timers
    }

    /// Runs a body that has the keys to itself.
    ///
    /// - Throws: `timeout` or `cancelled` while it waits; what the body throws.
    func holding<Output: Sendable>(
        _ keys: Set<Key>, deadline: ContinuousClock.Instant, _ body: () async throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        // Everybody takes them in the same order, so no two wait for each other.
        let keys = keys.sorted()
        var taken = 0
        defer { for key in keys.prefix(taken) { release(key) } }
        for key in keys {
            try await take(key, deadline: deadline)
            taken += 1
        }
        return try await body()
    }

    private func take(_ key: Key, deadline: ContinuousClock.Instant) async throws(StrataError) {
        let number: UInt64? = state.withLockedValue { state in
            guard state.held[key] != nil else {
                state.held[key] = []
                return nil
            }
            state.lastNumber += 1
            return state.lastNumber
        }
        guard let number else { return }
        let timer = timers.scheduleTask(in: TimeAmount(deadline - .now)) {
            self.giveUp(number, key, RedisKeyGate.late(key))
        }
        defer { timer.cancel() }
        let error = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(number, key, deadline: deadline, $0) }
        } onCancel: {
            giveUp(number, key, .callerCancelled)
        }
        if let error { throw error }
    }

    private func wait(
        _ number: UInt64, _ key: Key, deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<StrataError?, Never>
    ) {
        let answer: StrataError?? = state.withLockedValue { state in
            // Under the lock: whoever gives up later than this finds the waiter.
            if Task.isCancelled { return .some(.callerCancelled) }
            if deadline <= .now { return .some(RedisKeyGate.late(key)) }
            guard state.held[key] != nil else {
                state.held[key] = []
                return .some(nil)
            }
            state.held[key]?.append(Waiter(number: number, continuation: continuation))
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func giveUp(_ number: UInt64, _ key: Key, _ error: StrataError) {
        let waiter: Waiter? = state.withLockedValue { state in
            guard let index = state.held[key]?.firstIndex(where: { $0.number == number }) else { return nil }
            return state.held[key]?.remove(at: index)
        }
        waiter?.continuation.resume(returning: error)
    }

    private func release(_ key: Key) {
        let next: Waiter? = state.withLockedValue { state in
            guard let next = state.held[key]?.popFirst() else {
                state.held[key] = nil
                return nil
            }
            return next
        }
        next?.continuation.resume(returning: nil)
    }

    private static func late(_ key: Key) -> StrataError {
        StrataError(.timeout, "others kept key \(key) busy until the deadline")
    }
}
