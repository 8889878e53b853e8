import Dispatch
import Foundation
import NIOConcurrencyHelpers
import StrataCore

/// A lane as the deadline watch sees it.
protocol WatchedLane: Sendable {
    /// Answers the requests that are late with `timeout`, and says when the next one will be.
    func failOverdue(at now: ContinuousClock.Instant) -> ContinuousClock.Instant?
}

/// A thread of its own with a bounded queue in front of it, so that no cooperative thread ever waits for a disk.
final class Lane<Request: LaneRequest>: WatchedLane {
    private let name: String
    private let queue: NIOLockedValueBox<LaneQueue<Request>>
    private let wake = DispatchSemaphore(value: 0)
    private let watch: DeadlineWatch
    private let ended = Latch()

    init(
        name: String, bounds: EmbeddedConfiguration.Queue, batch: EmbeddedConfiguration.Queue, watch: DeadlineWatch
    ) {
        self.name = name
        self.watch = watch
        queue = NIOLockedValueBox(LaneQueue(bounds: bounds, batch: batch))
        watch.add(self)
    }

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - run: serves a batch; every request of it is answered when it returns.
    ///   - end: what the thread does last, after all that was waiting when the lane was closed.
    func start(run: @escaping @Sendable ([Request]) -> Void, end: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in
            while true {
                switch queue.withLockedValue({ $0.next() }) {
                case .run(let batch): run(batch)
                case .park: wake.wait()
                case .end:
                    end()
                    ended.open()
                    return
                }
            }
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Puts a request in the queue, or answers it with the reason why that can't be.
    func submit(_ request: Request) {
        switch queue.withLockedValue({ $0.add(request) }) {
        case .refused(let error): request.fail(error.at(name))
        case .waits(let wakesThread, let isEarliest):
            if wakesThread { wake.signal() }
            if isEarliest { watch.notice(request.deadline) }
        }
    }

    /// Refuses further requests; the thread ends after those that wait.
    func close() {
        if queue.withLockedValue({ $0.close() }) { wake.signal() }
    }

    /// How many operations wait or run.
    var pendingOperations: Int { queue.withLockedValue(\.pendingOperations) }

    /// Waits until the thread has ended.
    func waitForEnd() async {
        await ended.wait()
    }

    func failOverdue(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let (requests, next) = queue.withLockedValue { $0.overdue(at: now) }
        for request in requests {
            request.fail(StrataError(.timeout, "no answer from the disk within the deadline", origin: name))
        }
        return next
    }
}
