/// The executor that a task prefers: for one that serves connections, its event loop.
///
/// What is started for a task is best run where the task itself is: the answer then reaches it without waking a thread.
struct PreferredExecutor: Equatable {
    private let identity: UnownedTaskExecutor?

    /// That of the running task; none outside of tasks, and for those that run on the global pool.
    static var current: PreferredExecutor {
        PreferredExecutor(identity: withUnsafeCurrentTask { $0?.unownedTaskExecutor })
    }

    /// The executor itself; nil for the global pool.
    var executor: (any TaskExecutor)? {
        guard #available(macOS 26.4, *) else { return nil }
        return identity?.asTaskExecutor()
    }
}
