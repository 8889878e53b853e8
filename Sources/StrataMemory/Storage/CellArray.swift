#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The number of an entry's place in its stripe, the same in every array about entries; -1 says "none".
typealias CellIndex = Int32

/// An array that grows without moving what it holds: chunks of 1,024 elements behind a directory.
///
/// Growing an ordinary array copies all of it, which for millions of entries is a pause that every reader sees. Here the
/// worst is one chunk to set up, and the address of an element never changes. Nor, in an array with a limit, does the
/// directory's, so that threads which hold no lock can read it: it has room for every chunk there can be from the start, in
/// memory that the system provides when it is first written to.
struct CellArray<Element: ~Copyable>: ~Copyable {
    /// The directory: where the chunks are.
    typealias Chunks = UnsafeMutablePointer<UnsafeMutablePointer<Element>?>

    static var chunkBits: Int { 10 }
    static var chunkSize: Int { 1 << chunkBits }

    private(set) var chunks: Chunks
    /// How many elements there are, all of them initialised.
    private(set) var count = 0
    private var directorySize: Int
    private let hasLimit: Bool
    private let make: () -> Element

    /// An empty array.
    ///
    /// - Parameters:
    ///   - limit: how many elements there can be; nil for any number, and a directory that moves.
    ///   - make: makes a new element.
    init(limit: CellIndex? = nil, make: @escaping () -> Element) {
        hasLimit = limit != nil
        directorySize = limit.map { Int($0) >> Self.chunkBits + 1 } ?? 4
        chunks = Self.makeDirectory(directorySize)
        self.make = make
    }

    private static func makeDirectory(_ size: Int) -> Chunks {
        guard let memory = calloc(size, MemoryLayout<UnsafeMutablePointer<Element>?>.stride) else {
            fatalError("no memory for a directory of \(size) chunks")
        }
        return memory.bindMemory(to: UnsafeMutablePointer<Element>?.self, capacity: size)
    }

    deinit {
        for chunk in 0..<(count >> Self.chunkBits) {
            chunks[chunk]?.deinitialize(count: Self.chunkSize)
            chunks[chunk]?.deallocate()
        }
        free(chunks)
    }

    /// Makes sure that an element exists.
    mutating func grow(toHold index: CellIndex) {
        while count <= Int(index) {
            let chunk = count >> Self.chunkBits
            if chunk == directorySize { growDirectory() }
            let elements = UnsafeMutablePointer<Element>.allocate(capacity: Self.chunkSize)
            for element in 0..<Self.chunkSize { (elements + element).initialize(to: make()) }
            chunks[chunk] = elements
            count += Self.chunkSize
        }
    }

    private mutating func growDirectory() {
        precondition(!hasLimit, "more than \(count) elements in an array with a limit")
        let larger = Self.makeDirectory(directorySize * 2)
        larger.update(from: chunks, count: directorySize)
        free(chunks)
        chunks = larger
        directorySize *= 2
    }

    /// Where an element is; valid as long as the array is.
    ///
    /// - Parameter index: `0 ..< count`; checked in debug builds only, because every step of every look-up comes here.
    @inline(__always)
    func pointer(to index: CellIndex) -> UnsafeMutablePointer<Element> {
        assert(index >= 0 && Int(index) < count)
        return CellArray.pointer(to: index, in: chunks)
    }

    /// Where an element is that was there when its number was learnt.
    @inline(__always)
    static func pointer(to index: CellIndex, in chunks: Chunks) -> UnsafeMutablePointer<Element> {
        chunks[Int(index) &>> chunkBits].unsafelyUnwrapped + (Int(index) & (chunkSize - 1))
    }
}

extension CellArray {
    /// An empty array.
    ///
    /// - Parameter filler: what new elements are.
    init(filler: Element) {
        self.init { filler }
    }
}
