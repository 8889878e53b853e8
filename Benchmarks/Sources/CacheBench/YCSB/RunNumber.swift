#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The number by which the values of one run of the driver are told from those of another.
enum RunNumber {
    /// A number for this run: the seconds since 1970 and the process's number, mixed so that two runs which start in
    /// the same second differ.
    static var current: UInt32 {
        UInt32(truncatingIfNeeded: time(nil)) &* 2_654_435_761 ^ UInt32(bitPattern: getpid())
    }
}
