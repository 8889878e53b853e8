#if os(Linux)
import CLibPQ
import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// epoll, woken through an eventfd.
///
/// Source: epoll(7), eventfd(2).
final class EpollPoller: Poller, @unchecked Sendable {
    private static let wakeToken = UInt64.max

    private let epoll: Int32
    private let event: Int32
    // Guarded by being used on the reactor's thread only, both.
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 64)
    /// How many events the last `wait` has found.
    private var found = 0

    init() throws(StrataError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        event = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard epoll >= 0, event >= 0 else {
            throw StrataError(
                .unavailable,
                "the reactor's descriptors can't be opened: \(String(cString: strerror(errno))); raise the limit of open files"
            )
        }
        add(event, .read, token: EpollPoller.wakeToken)
    }

    deinit {
        events.deallocate()
    }

    func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64) {
        control(EPOLL_CTL_ADD, descriptor, interest, token)
    }

    func update(_ descriptor: Int32, _ interest: Readiness, token: UInt64) {
        control(EPOLL_CTL_MOD, descriptor, interest, token)
    }

    func remove(_ descriptor: Int32) {
        control(EPOLL_CTL_DEL, descriptor, [], 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Readiness, _ token: UInt64) {
        var mask: UInt32 = 0
        if interest.contains(.read) { mask |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if interest.contains(.write) { mask |= EPOLLOUT.rawValue }
        var event = epoll_event(events: mask, data: epoll_data_t(u64: token))
        // A descriptor that libpq closed by itself is no longer watched, which is what its removal asks for.
        _ = epoll_ctl(epoll, operation, descriptor, &event)
    }

    func wait(milliseconds: Int32) {
        found = Int(max(0, epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)))
    }

    func forEachEvent(_ body: (UInt64, Readiness) -> Void) {
        for event in events[..<found] {
            if event.data.u64 == EpollPoller.wakeToken {
                var value: UInt64 = 0
                _ = read(self.event, &value, 8)
                continue
            }
            var readiness: Readiness = []
            let failed = EPOLLERR.rawValue | EPOLLHUP.rawValue
            if event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | failed) != 0 { readiness.insert(.read) }
            if event.events & (EPOLLOUT.rawValue | failed) != 0 { readiness.insert(.write) }
            body(event.data.u64, readiness)
        }
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, 8)
    }

    func close() {
        _ = systemClose(event)
        _ = systemClose(epoll)
    }
}

/// `close(2)` under a name that the method called `close` does not hide.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
#endif
