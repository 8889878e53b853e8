import CStrataThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A mutex at an address of the caller's, so that it shares its cache lines with what it guards and nothing else, and that
/// taking it counts no reference: a lock in an object costs as much again as the look-up it is held for.
struct StripeLock: Sendable {
    /// How often a waiting thread pauses at most between two tries: some ten microseconds of trying in all.
    private static let longestSpin = 128

    /// How much room it needs, in bytes.
    static var size: Int { MemoryLayout<pthread_mutex_t>.size }

    // Safe to share: calls on a mutex are what it is for, and the address never changes.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// A mutex that is to be initialized.
    ///
    /// - Parameter address: aligned for a mutex, with room for `size` bytes.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        mutex = address.assumingMemoryBound(to: pthread_mutex_t.self)
    }

    /// The mutex at an address that `address` told; none at 0.
    init?(address: UInt) {
        guard let memory = UnsafeMutableRawPointer(bitPattern: address) else { return nil }
        self.init(at: memory)
    }

    /// Where the mutex is.
    var address: UInt { UInt(bitPattern: mutex) }

    /// Sets the mutex up.
    func initialize() {
        UnsafeMutableRawPointer(mutex).bindMemory(to: pthread_mutex_t.self, capacity: 1)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        defer { pthread_mutexattr_destroy(&attributes) }
        #if canImport(Glibc)
        pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_ADAPTIVE_NP))
        #endif
        let failure = pthread_mutex_init(mutex, &attributes)
        precondition(failure == 0, "pthread_mutex_init failed with error \(failure)")
    }

    /// Ends the mutex, which nobody holds or waits for.
    func destroy() {
        pthread_mutex_destroy(mutex)
    }

    /// Takes the mutex. It is held for less than a microsecond, and being woken takes several, so that a thread which finds
    /// it taken tries again for a while before it sleeps.
    @inline(__always)
    func lock() {
        if pthread_mutex_trylock(mutex) != 0 { wait() }
    }

    /// Takes the mutex when it is free.
    ///
    /// - Returns: whether it did.
    @inline(__always)
    func tryLock() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    @inline(never)
    private func wait() {
        var pauses = 1
        while pauses <= StripeLock.longestSpin {
            for _ in 0..<pauses { strata_pause() }
            if pthread_mutex_trylock(mutex) == 0 { return }
            pauses *= 2
        }
        pthread_mutex_lock(mutex)
    }

    @inline(__always)
    func unlock() {
        pthread_mutex_unlock(mutex)
    }
}
