import CStrataThreads
import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A small number that no two running threads have at once, by which a cache finds what it keeps for this thread.
///
/// A thread gets one when it first asks, and gives it back when it ends. One that gets none doesn't ask again, because that
/// takes a lock.
enum ThreadNumber {
    /// How many threads can have a number; those beyond have none.
    static let limit = 256

    private static let none = UInt32.max

    private struct Numbers {
        var free: [Int] = []
        var next = 0
    }

    private static let numbers = NIOLockedValueBox(Numbers())
    /// Its destructor is how we learn that a thread ends.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let failure = pthread_key_create(&key) { value in ThreadNumber.giveBack(value) }
        precondition(failure == 0, "pthread_key_create failed with error \(failure)")
        return key
    }()

    /// This thread's number when it has one; negative when not.
    @inline(__always)
    static var known: Int { Int(Int32(bitPattern: strata_get_thread_number() &- 1)) }

    /// This thread's number, `0 ..< limit`; -1 when all are taken.
    @inline(__always)
    static var current: Int {
        let stored = strata_get_thread_number()
        if stored == 0 { return take() }
        return stored == none ? -1 : Int(stored) - 1
    }

    @inline(never)
    private static func take() -> Int {
        let number: Int? = numbers.withLockedValue { numbers in
            if let free = numbers.free.popLast() { return free }
            guard numbers.next < limit else { return nil }
            numbers.next += 1
            return numbers.next - 1
        }
        if let number {
            if pthread_setspecific(key, UnsafeRawPointer(bitPattern: number + 1)) == 0 {
                strata_set_thread_number(UInt32(number + 1))
                return number
            }
            numbers.withLockedValue { $0.free.append(number) }
        }
        strata_set_thread_number(none)
        return -1
    }

    private static func giveBack(_ value: UnsafeMutableRawPointer?) {
        let stored = Int(bitPattern: value)
        guard stored > 0 else { return }
        // A later destructor of this thread that reads a cache takes a number anew.
        strata_set_thread_number(0)
        numbers.withLockedValue { $0.free.append(stored - 1) }
    }
}
