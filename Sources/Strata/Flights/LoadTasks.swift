import NIOConcurrencyHelpers

/// The owner of the tasks in which loads and repairs run: it can cancel each, and it waits for all of them at the end.
///
/// Loads don't run on the task of the caller that happens to be the first, because its cancellation must not end what
/// others wait for.
final class LoadTasks: Sendable {
    fileprivate struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        /// Loads that ended before their task was noted here, which a task that starts at once may do.
        var ended: Set<UInt64> = []
        var nextNumber: UInt64 = 0
        var isShutdown = false
        /// Resumed when the last task has ended after the shutdown.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    /// Names one task.
    struct Ticket: Sendable {
        fileprivate let number: UInt64
    }

    /// Starts a task, on the executor that the caller's task prefers unless another one is given.
    ///
    /// - Returns: what cancels it; nil when the owner is shut down, in which case nothing was started.
    func start(on executor: PreferredExecutor = .current, _ body: @escaping @Sendable () async -> Void) -> Ticket? {
        let number = state.withLockedValue { state -> UInt64? in
            guard !state.isShutdown else { return nil }
            state.nextNumber += 1
            return state.nextNumber
        }
        guard let number else { return nil }
        let task = Task(executorPreference: executor.executor) { [state] in
            await body()
            let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
                if state.tasks.removeValue(forKey: number) == nil { state.ended.insert(number) }
                return state.isShutdown && state.tasks.isEmpty ? state.takeWaiting() : []
            }
            for continuation in waiting { continuation.resume() }
        }
        let isShutdown = state.withLockedValue { state in
            if state.ended.remove(number) == nil { state.tasks[number] = task }
            return state.isShutdown
        }
        if isShutdown { task.cancel() }
        return Ticket(number: number)
    }

    /// Cancels a task; of one that ended nothing happens.
    func cancel(_ ticket: Ticket) {
        state.withLockedValue { $0.tasks[ticket.number] }?.cancel()
    }

    /// Cancels all tasks, waits until they ended, and lets none start from now on.
    ///
    /// - Parameter patience: how long to wait. A task that ignores its cancellation would keep the process for ever.
    /// - Returns: how many have not ended.
    func shutdown(within patience: Duration) async -> Int {
        let tasks = state.withLockedValue { state in
            state.isShutdown = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        let timer = Task { [state] in
            try? await Task.sleep(for: patience)
            for continuation in state.withLockedValue({ $0.takeWaiting() }) { continuation.resume() }
        }
        await withCheckedContinuation { continuation in
            let isOver = state.withLockedValue { state in
                if state.tasks.isEmpty { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
        timer.cancel()
        await timer.value
        return state.withLockedValue { $0.tasks.count }
    }
}

extension LoadTasks.State {
    fileprivate mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
        defer { waiting = [] }
        return waiting
    }
}
