/// Where an argument lies, counted from the first byte of its request.
struct ArgumentRange {
    var offset: UInt32
    var length: UInt32
}

/// The arguments of one request, the command's name first: a view that is valid while the request is being dispatched.
struct Arguments {
    /// What the ranges count from: the request in the connection's input buffer, or the parser's copy of an inline one.
    private let base: UnsafeRawPointer
    private let ranges: UnsafePointer<ArgumentRange>
    /// How many there are, the name included; at least 1.
    let count: Int

    init(base: UnsafeRawPointer, ranges: UnsafePointer<ArgumentRange>, count: Int) {
        self.base = base
        self.ranges = ranges
        self.count = count
    }

    /// The bytes of an argument. Complexity: O(1).
    @inline(__always)
    subscript(index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "argument \(index) of \(count)")
        let range = ranges[index]
        return UnsafeRawBufferPointer(start: base + Int(range.offset), count: Int(range.length))
    }

    /// How many bytes all arguments have. Complexity: O(count).
    var byteCount: Int {
        (0..<count).reduce(0) { $0 + Int(ranges[$1].length) }
    }

    /// The argument as text, each invalid sequence replaced; nothing but error texts and names is read this way.
    func text(_ index: Int) -> String {
        String(decoding: self[index], as: UTF8.self)
    }

    /// A copy of the argument's bytes.
    func bytes(_ index: Int) -> [UInt8] {
        Array(self[index])
    }

    /// Whether the argument is this word, letters compared without regard to case.
    func isWord(_ index: Int, _ word: StaticString) -> Bool {
        let argument = self[index]
        guard argument.count == word.utf8CodeUnitCount else { return false }
        for position in 0..<argument.count where argument[position].asciiLowercased != word.utf8Start[position] {
            return false
        }
        return true
    }
}

/// The growing list of argument ranges that a parser fills again for each request.
struct ArgumentList: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private(set) var start: UnsafeMutablePointer<ArgumentRange>

    init() {
        capacity = 16
        start = .allocate(capacity: capacity)
    }

    deinit {
        start.deallocate()
    }

    @inline(__always)
    mutating func append(_ range: ArgumentRange) {
        if count == capacity { grow() }
        (start + count).initialize(to: range)
        count += 1
    }

    /// Forgets the ranges, and the memory too when a huge request had made it grow.
    @inline(__always)
    mutating func removeAll() {
        count = 0
        if capacity > 1024 { resize(to: 16) }
    }

    @inline(never)
    private mutating func grow() {
        resize(to: capacity * 2)
    }

    private mutating func resize(to newCapacity: Int) {
        let larger = UnsafeMutablePointer<ArgumentRange>.allocate(capacity: newCapacity)
        larger.moveInitialize(from: start, count: count)
        start.deallocate()
        (start, capacity) = (larger, newCapacity)
    }
}

extension UInt8 {
    /// The letter in lower case; any other byte as it is.
    var asciiLowercased: UInt8 {
        self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
    }
}
