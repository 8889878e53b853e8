import NIOConcurrencyHelpers

/// Runs jobs when it is told to, one after the other, in the order in which they came: an event loop without a thread.
final class StepExecutor: TaskExecutor {
    private let jobs = NIOLockedValueBox<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLockedValue { $0.append(job) }
    }

    /// Runs all jobs that wait, and those that come of them.
    func run() {
        while let job = jobs.withLockedValue({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
