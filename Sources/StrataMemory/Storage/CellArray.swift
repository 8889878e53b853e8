/// The number of an entry's place in its stripe, the same in every array about entries; -1 says "none".
typealias CellIndex = Int32

/// An array that grows without moving what it holds: chunks of 1,024 elements behind a directory.
///
/// Growing an ordinary array copies all of it, which for millions of entries is a pause that every reader sees. Here the
/// worst is one chunk to set up, and the address of an element never changes.
struct CellArray<Element>: ~Copyable {
    private static var chunkBits: Int { 10 }
    private static var chunkSize: Int { 1 << chunkBits }

    private typealias Chunks = UnsafeMutablePointer<UnsafeMutablePointer<Element>>

    /// The directory: where the chunks are.
    private var chunks: Chunks
    private var directorySize = 4
    /// How many elements there are, all of them initialised.
    private(set) var count = 0
    private let filler: Element

    /// An empty array.
    ///
    /// - Parameter filler: what new elements are.
    init(filler: Element) {
        self.filler = filler
        chunks = .allocate(capacity: directorySize)
    }

    deinit {
        for chunk in 0..<(count >> Self.chunkBits) {
            chunks[chunk].deinitialize(count: Self.chunkSize)
            chunks[chunk].deallocate()
        }
        chunks.deallocate()
    }

    /// Makes sure that an element exists.
    mutating func grow(toHold index: CellIndex) {
        while count <= Int(index) {
            let chunk = count >> Self.chunkBits
            if chunk == directorySize { growDirectory() }
            let elements = UnsafeMutablePointer<Element>.allocate(capacity: Self.chunkSize)
            elements.initialize(repeating: filler, count: Self.chunkSize)
            (chunks + chunk).initialize(to: elements)
            count += Self.chunkSize
        }
    }

    private mutating func growDirectory() {
        let larger = Chunks.allocate(capacity: directorySize * 2)
        larger.moveInitialize(from: chunks, count: directorySize)
        chunks.deallocate()
        chunks = larger
        directorySize *= 2
    }

    /// Where an element is; valid as long as the array is.
    ///
    /// - Parameter index: `0 ..< count`; checked in debug builds only, because every step of every look-up comes here.
    @inline(__always)
    func pointer(to index: CellIndex) -> UnsafeMutablePointer<Element> {
        assert(index >= 0 && Int(index) < count)
        return chunks[Int(index) &>> Self.chunkBits] + (Int(index) & (Self.chunkSize - 1))
    }
}
