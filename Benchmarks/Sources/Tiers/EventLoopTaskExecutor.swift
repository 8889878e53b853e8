import NIOConcurrencyHelpers
import NIOCore

/// Runs tasks on an event loop; the jobs that arrive until the loop looks are one piece of work for it.
final class EventLoopTaskExecutor: TaskExecutor {
    private struct Waiting {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    private let eventLoop: any EventLoop
    private let waiting = NIOLockedValueBox(Waiting())

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let schedules = waiting.withLockedValue { waiting in
            waiting.jobs.append(job)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if schedules { eventLoop.execute { self.run() } }
    }

    private func run() {
        let jobs = waiting.withLockedValue { waiting in
            waiting.isScheduled = false
            var jobs: [UnownedJob] = []
            swap(&jobs, &waiting.jobs)
            return jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
