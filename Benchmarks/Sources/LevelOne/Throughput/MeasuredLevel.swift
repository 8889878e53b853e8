import LoadDriver
import StrataCore
import StrataMemory

/// A level 1 with everything that one way to use it needs, asked for keys by their numbers.
protocol MeasuredLevel: Sendable {
    associatedtype Value: Sendable
    /// The keys of one thread. Each thread has its own, so that threads don't fight over the keys' reference counts.
    associatedtype Keys

    /// The level.
    var cache: MemoryCache<Value> { get }

    /// - Parameter configuration: the level's size and policy.
    init(_ configuration: MemoryConfiguration)

    /// Makes the keys `0 ..< count`.
    static func makeKeys(count: Int) -> Keys

    /// Makes the value to write under a key; every value weighs `ThroughputMeasurement.valueBytes`.
    static func makeValue(_ number: Int) -> Value

    /// Reads a key, and says whether there was a value.
    func read(_ number: Int, of keys: Keys) -> Bool

    /// Writes a new value under a key.
    func write(_ number: Int, of keys: Keys)
}

/// Raw bytes that are read in place, and copied from where a value lies.
struct BorrowedBytes: MeasuredLevel {
    let cache: MemoryCache<[UInt8]>

    init(_ configuration: MemoryConfiguration) {
        cache = MemoryCache(configuration)
    }

    static func makeKeys(count: Int) -> FixedKeys { FixedKeys(count: count) }

    static func makeValue(_ number: Int) -> [UInt8] { CopiedBytes.makeValue(number) }

    @inline(__always)
    func read(_ number: Int, of keys: FixedKeys) -> Bool {
        cache.withBytes(keys[number]) { lookup in
            if case .hit(let bytes) = lookup { return bytes.count == ThroughputMeasurement.valueBytes }
            return false
        }
    }

    @inline(__always)
    func write(_ number: Int, of keys: FixedKeys) {
        withUnsafeTemporaryAllocation(byteCount: ThroughputMeasurement.valueBytes, alignment: 1) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number))
            cache.insert(
                keys[number], copying: UnsafeRawBufferPointer(bytes), version: .zero, deadline: .distantFuture)
        }
    }
}

/// Raw bytes as arrays.
struct CopiedBytes: MeasuredLevel {
    let cache: MemoryCache<[UInt8]>

    init(_ configuration: MemoryConfiguration) {
        cache = MemoryCache(configuration)
    }

    static func makeKeys(count: Int) -> [Key] { (0..<count).map { Key(FixedKeys.bytes($0)) } }

    static func makeValue(_ number: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: ThroughputMeasurement.valueBytes)
    }

    @inline(__always)
    func read(_ number: Int, of keys: [Key]) -> Bool {
        if case .hit(let bytes) = cache.lookup(keys[number]) { return bytes.count == ThroughputMeasurement.valueBytes }
        return false
    }

    @inline(__always)
    func write(_ number: Int, of keys: [Key]) {
        cache.insert(keys[number], .value(Self.makeValue(number)), version: .zero, deadline: .distantFuture)
    }
}

/// Values of a type of its own, without a reference in it.
struct TypedValues: MeasuredLevel {
    /// A value of a hundred bytes.
    struct Value: Sendable {
        typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

        var first: Words
        var second: Words
        /// Tells a value that was written from one that was not.
        var mark: UInt32

        static let mark: UInt32 = 0x5354_5241
    }

    let cache: MemoryCache<Value>

    init(_ configuration: MemoryConfiguration) {
        cache = MemoryCache(configuration) { _ in 0 }
    }

    static func makeKeys(count: Int) -> [Key] { CopiedBytes.makeKeys(count: count) }

    static func makeValue(_ number: Int) -> Value {
        let word = UInt64(truncatingIfNeeded: number)
        let words = (word, word, word, word, word, word)
        return Value(first: words, second: words, mark: Value.mark)
    }

    @inline(__always)
    func read(_ number: Int, of keys: [Key]) -> Bool {
        if case .hit(let value) = cache.lookup(keys[number]) { return value.mark == Value.mark }
        return false
    }

    @inline(__always)
    func write(_ number: Int, of keys: [Key]) {
        cache.insert(keys[number], .value(Self.makeValue(number)), version: .zero, deadline: .distantFuture)
    }
}
