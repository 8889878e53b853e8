#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An array with room for as many elements as there can be, in memory that the system provides when it is first written to.
///
/// It never moves and never grows, so that threads which hold no lock find an element by one addition, and nobody waits
/// for a larger copy of it. An element is all zeroes until it is written to, which has to be a value of its type.
struct ReservedArray<Element: ~Copyable>: ~Copyable {
    /// Where the first element is.
    let start: UnsafeMutablePointer<Element>
    private let byteCount: Int

    /// - Parameter count: how many elements there can be.
    init(count: CellIndex) {
        #if os(Linux)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        #else
        let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE
        #endif
        byteCount = max(1, Int(count)) * MemoryLayout<Element>.stride
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory, memory != MAP_FAILED else {
            fatalError("no \(byteCount) bytes of address space for the entries of a cache: errno \(errno)")
        }
        start = memory.bindMemory(to: Element.self, capacity: Int(count))
    }

    deinit {
        munmap(start, byteCount)
    }

    /// Where an element is; valid as long as the array is.
    ///
    /// - Parameter index: from 0 on; checked in debug builds only, because every step of every look-up comes here.
    @inline(__always)
    func pointer(to index: CellIndex) -> UnsafeMutablePointer<Element> {
        assert(index >= 0 && Int(index) < byteCount / MemoryLayout<Element>.stride)
        return start + Int(index)
    }
}
