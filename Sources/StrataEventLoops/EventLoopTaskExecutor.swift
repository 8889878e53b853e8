import NIOConcurrencyHelpers
public import NIOCore

/// Runs tasks on an event loop, so that what they await of its connections resumes on the connections' own thread.
///
/// Resuming there costs about half of resuming on the global pool, where an answer needs a second hop. The jobs that arrive
/// until the loop looks are one piece of work for it.
public final class EventLoopTaskExecutor: TaskExecutor {
    private struct Waiting {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    /// How often a turn looks for jobs that its own jobs have brought, before other work of the loop has its turn.
    private static let rounds = 4

    private let eventLoop: any EventLoop
    private let waiting = NIOLockedValueBox(Waiting())

    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let schedules = waiting.withLockedValue { waiting in
            waiting.jobs.append(job)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if schedules { eventLoop.execute { self.run() } }
    }

    private func run() {
        var jobs: [UnownedJob] = []
        for round in 1...EventLoopTaskExecutor.rounds {
            jobs.removeAll(keepingCapacity: true)
            waiting.withLockedValue { waiting in
                swap(&jobs, &waiting.jobs)
                if jobs.isEmpty || round == EventLoopTaskExecutor.rounds { waiting.isScheduled = false }
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
