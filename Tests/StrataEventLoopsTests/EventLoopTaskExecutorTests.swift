import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import StrataEventLoops
import Testing

@Suite struct EventLoopTaskExecutorTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.any()

    @Test func tasksRunOnTheLoopInTheOrderTheyCame() async throws {
        let executor = EventLoopTaskExecutor(eventLoop)
        let seen = NIOLockedValueBox<[Int]>([])
        let tasks = try await eventLoop.submit { [eventLoop] in
            (0..<20).map { number in
                Task(executorPreference: executor) {
                    eventLoop.preconditionInEventLoop()
                    seen.withLockedValue { $0.append(number) }
                    await Task.yield()
                    eventLoop.preconditionInEventLoop()
                    seen.withLockedValue { $0.append(20 + number) }
                }
            }
        }.get()
        for task in tasks { await task.value }
        #expect(seen.withLockedValue { $0 } == Array(0..<40))
    }

    @Test func aTaskThatAlwaysHasMoreToDoLeavesTheLoopTimeForOthers() async throws {
        let executor = EventLoopTaskExecutor(eventLoop)
        let isOver = NIOLockedValueBox(false)
        let busy = Task(executorPreference: executor) {
            while !isOver.withLockedValue({ $0 }) { await Task.yield() }
        }
        // Were the task never interrupted, this would not run.
        try await eventLoop.submit { isOver.withLockedValue { $0 = true } }.get()
        await busy.value
    }
}
