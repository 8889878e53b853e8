#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread of the operating system.
struct ReactorThread: @unchecked Sendable {
    // Guarded by nothing: the handle never changes after `start`.
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs the body and ends.
    static func start(_ run: @escaping @Sendable () -> Void) -> ReactorThread {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, nil, { argument in ReactorThread.main(argument) }, body)
        guard status == 0, let thread else { fatalError("no thread for the reactor: \(status)") }
        #else
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { argument in ReactorThread.main(argument!) }, body)
        precondition(status == 0, "no thread for the reactor: \(status)")
        #endif
        return ReactorThread(handle: thread)
    }

    private static func main(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    /// Whether the caller runs on this thread.
    var isCurrent: Bool { pthread_equal(pthread_self(), handle) != 0 }

    /// Waits for the thread's end; called once, when it is about to end.
    func join() { pthread_join(handle, nil) }

    /// Lets the thread end by itself.
    func detach() { pthread_detach(handle) }
}
