import NIOConcurrencyHelpers
public import StrataCore

/// One thread that waits for the sockets of any number of shards and runs everything that happens on them.
///
/// Tasks can prefer it as their executor: their requests then need no change of threads, which more than halves what a
/// read costs. Its thread starts with the first shard that uses it and ends when the last one was shut down.
public final class PostgresReactor: TaskExecutor, @unchecked Sendable {
    private struct Mailbox {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        /// Whether the thread waits, or is about to, and has to be woken.
        var isWaiting = false
        var isStopped = false
        var users = 0
        var thread: ReactorThread?
        var end: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = NIOLockedValueBox(Mailbox())
    private let poller: any Poller
    // Guarded by being used on the reactor's thread only, all five.
    /// The jobs that are being run; empty otherwise, with room for those that come next.
    private var jobs: [UnownedJob] = []
    /// When a server comes back, every pool of the process wants its connections at once.
    private var connectBucket: TokenBucket
    private var handlers: [UInt64: any ReactorHandler] = [:]
    private var timers = DeadlineHeap<ReactorEvent>()
    private var nextToken: UInt64 = 0

    /// A reactor without a thread yet.
    ///
    /// - Parameters:
    ///   - connectsPerSecond: how many connections its shards together open per second, at least 1; as many may be opened
    ///     at once after a quiet time.
    /// - Throws: `unavailable` when no descriptor is left.
    public init(connectsPerSecond: Int = 50) throws(StrataError) {
        connectBucket = TokenBucket(perSecond: connectsPerSecond, burst: connectsPerSecond)
        #if os(Linux)
        poller = try EpollPoller()
        #else
        throw StrataError(.configuration, "the Postgres store runs on Linux only for now; use the embedded store here")
        #endif
    }

    deinit {
        poller.close()
    }

    // MARK: Users

    /// Counts a shard in, and starts the thread for the first one.
    ///
    /// - Throws: `shutdown` when the last user has left already.
    func retain() throws(StrataError) {
        let accepted = mailbox.withLockedValue { mailbox in
            guard !mailbox.isStopped else { return false }
            mailbox.users += 1
            if mailbox.thread == nil { mailbox.thread = ReactorThread.start { self.run() } }
            return true
        }
        guard accepted else {
            throw StrataError(.shutdown, "the reactor of these shards was shut down; make a new one")
        }
    }

    /// Counts a shard out; the thread ends with the last one.
    func release() {
        let wakes = mailbox.withLockedValue { mailbox in
            mailbox.users -= 1
            mailbox.isStopped = mailbox.users == 0
            return mailbox.isStopped
        }
        if wakes { poller.wake() }
    }

    /// Waits until the thread has ended, if its last user has left; returns at once otherwise.
    func joinIfStopped() async {
        guard mailbox.withLockedValue({ $0.isStopped }) else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasEnded = mailbox.withLockedValue { mailbox in
                if mailbox.thread == nil { return true }
                mailbox.end.append(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: From any thread

    /// Runs a task's job on the reactor's thread; on the global executor once the thread has ended.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (accepted, wakes) = post { $0.jobs.append(job) }
        if wakes { poller.wake() }
        if !accepted { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    /// Runs a closure on the reactor's thread, after the jobs that wait there.
    ///
    /// - Returns: false when the reactor was shut down; the closure never runs then.
    @discardableResult
    func call(_ body: @escaping @Sendable () -> Void) -> Bool {
        let (accepted, wakes) = post { $0.calls.append(body) }
        if wakes { poller.wake() }
        return accepted
    }

    private func post(_ change: (inout Mailbox) -> Void) -> (accepted: Bool, wakes: Bool) {
        mailbox.withLockedValue { mailbox in
            guard !mailbox.isStopped, mailbox.thread != nil else { return (false, false) }
            change(&mailbox)
            defer { mailbox.isWaiting = false }
            return (true, mailbox.isWaiting)
        }
    }

    // MARK: On the reactor's thread

    /// Watches a descriptor; the handler is told when it is ready, until the token is given to `unwatch`.
    func watch(_ descriptor: Int32, _ interest: Readiness, handler: any ReactorHandler) -> UInt64 {
        nextToken += 1
        handlers[nextToken] = handler
        poller.add(descriptor, interest, token: nextToken)
        return nextToken
    }

    /// Takes leave to open one connection.
    ///
    /// - Returns: nil when it was given, else how long to wait before asking again.
    func takeConnect() -> Duration? { connectBucket.take(at: .now) }

    func update(_ descriptor: Int32, _ interest: Readiness, token: UInt64) {
        poller.update(descriptor, interest, token: token)
    }

    func unwatch(_ descriptor: Int32, token: UInt64) {
        // Tokens are never used twice, so an event that was fetched already finds no handler.
        handlers[token] = nil
        if descriptor >= 0 { poller.remove(descriptor) }
    }

    func schedule(_ timer: ReactorEvent) { timers.insert(timer) }

    func cancel(_ timer: ReactorEvent) { timers.remove(timer) }

    private func run() {
        while true {
            runJobs()
            while let timer = timers.popFirst(notAfter: .now) { timer.fire() }
            let wait = mailbox.withLockedValue { mailbox -> Bool? in
                guard mailbox.jobs.isEmpty, mailbox.calls.isEmpty else { return false }
                if mailbox.isStopped { return nil }
                mailbox.isWaiting = true
                return true
            }
            guard let wait else { break }
            poller.wait(milliseconds: wait ? timeToNextTimer : 0)
            // Before the handlers run, so that what they post, being looked at next anyway, wakes nobody.
            mailbox.withLockedValue { $0.isWaiting = false }
            poller.forEachEvent { token, readiness in handlers[token]?.ready(readiness) }
        }
        let (thread, end) = mailbox.withLockedValue { mailbox in
            defer {
                mailbox.thread = nil
                mailbox.end = []
            }
            return (mailbox.thread, mailbox.end)
        }
        // Nobody can join it any more, and it does nothing after this.
        thread?.detach()
        for continuation in end { continuation.resume() }
    }

    /// Runs the waiting jobs first and the calls after them, so that what the jobs ask for goes out in one batch.
    private func runJobs() {
        let executor = asUnownedTaskExecutor()
        for _ in 0..<16 {
            mailbox.withLockedValue { swap(&jobs, &$0.jobs) }
            if jobs.isEmpty { break }
            for job in jobs { job.runSynchronously(on: executor) }
            jobs.removeAll(keepingCapacity: jobs.count <= 1024)
        }
        let calls = mailbox.withLockedValue { mailbox in
            defer { mailbox.calls.removeAll(keepingCapacity: false) }
            return mailbox.calls
        }
        for call in calls { call() }
    }

    private var timeToNextTimer: Int32 {
        guard let next = timers.first else { return -1 }
        let nanoseconds = ContinuousClock.now.duration(to: next.deadline).wholeNanoseconds
        return Int32(clamping: max(0, (nanoseconds + 999_999) / 1_000_000))
    }
}

/// What is told when its socket is ready, on the reactor's thread.
protocol ReactorHandler: AnyObject {
    func ready(_ readiness: Readiness)
}
