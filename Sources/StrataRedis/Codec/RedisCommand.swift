/// A command on its way to Redis: a name and arguments of any bytes, encoded while they are added.
///
/// Source: Redis serialization protocol specification (RESP), "Sending commands to a Redis server".
public struct RedisCommand: Hashable, Sendable {
    /// How many words it has, the name included.
    private(set) var count = 0
    /// The words as RESP bulk strings.
    private(set) var body: [UInt8] = []

    /// A command of a name and arguments.
    public init(_ name: String, _ arguments: [UInt8]...) {
        count = 1 + arguments.count
        let room = arguments.reduce(name.utf8.count + RedisCommand.frame) { $0 + $1.count + RedisCommand.frame }
        body = RedisCommand.encode(name, room: room) { encoder in
            for argument in arguments { argument.withUnsafeBytes { encoder.add($0) } }
        }
    }

    /// A command of a name and one argument, which needs no array of arguments.
    public init(_ name: String, _ argument: [UInt8]) {
        self = argument.withUnsafeBytes { RedisCommand(name, $0) }
    }

    /// A command of a name and one argument, whose bytes are copied.
    public init(_ name: String, _ argument: UnsafeRawBufferPointer) {
        count = 2
        body = RedisCommand.encode(name, room: name.utf8.count + argument.count + 2 * RedisCommand.frame) { encoder in
            encoder.add(argument)
        }
    }

    /// The name and the words that a closure adds, as RESP bulk strings in at most so many bytes.
    @inline(__always)
    private static func encode(_ name: String, room: Int, _ addArguments: (inout Encoder) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: room) { buffer, length in
            var encoder = Encoder(start: UnsafeMutableRawPointer(buffer.baseAddress!))
            var name = name
            name.withUTF8 { encoder.add(UnsafeRawBufferPointer($0)) }
            addArguments(&encoder)
            length = encoder.length
        }
    }

    /// Puts words into memory that has room for them.
    private struct Encoder {
        let start: UnsafeMutableRawPointer
        private(set) var length = 0

        init(start: UnsafeMutableRawPointer) {
            self.start = start
        }

        mutating func add(_ word: UnsafeRawBufferPointer) {
            add(UInt8(ascii: "$"))
            word.count.forEachDecimalDigit { add($0) }
            addLineEnd()
            if let base = word.baseAddress {
                (start + length).copyMemory(from: base, byteCount: word.count)
                length += word.count
            }
            addLineEnd()
        }

        private mutating func addLineEnd() {
            add(UInt8(ascii: "\r"))
            add(UInt8(ascii: "\n"))
        }

        private mutating func add(_ byte: UInt8) {
            start.storeBytes(of: byte, toByteOffset: length, as: UInt8.self)
            length += 1
        }
    }

    /// How many bytes a word takes beside itself, at most: the line with its length, and two ends of line.
    private static let frame = 1 + 20 + 2 + 2

    /// A command of words that are all text, such as `RedisCommand(words: "CONFIG", "GET", "maxmemory-policy")`.
    public init(words: String...) {
        for word in words { append(word) }
    }

    /// Adds an argument of bytes. Complexity: O(n).
    public mutating func append(_ argument: some Collection<UInt8>) {
        appendHeader(argument.count)
        body += argument
        appendLineEnd()
    }

    /// Adds an argument of text.
    public mutating func append(_ argument: String) {
        append(argument.utf8)
    }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: Int64) {
        append(String(argument).utf8)
    }

    /// Adds an argument that consists of two parts, without joining them first.
    mutating func append(_ first: [UInt8], _ second: [UInt8]) {
        appendHeader(first.count + second.count)
        body += first
        body += second
        appendLineEnd()
    }

    /// How many bytes it takes on the wire, at most.
    var encodedLength: Int { body.count + 24 }

    private mutating func appendHeader(_ length: Int) {
        count += 1
        body.append(UInt8(ascii: "$"))
        body.appendDecimal(length)
        appendLineEnd()
    }

    private mutating func appendLineEnd() {
        body.append(UInt8(ascii: "\r"))
        body.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// Appends a number of zero or more in decimal digits.
    mutating func appendDecimal(_ number: Int) {
        number.forEachDecimalDigit { append($0) }
    }
}

extension Int {
    /// Calls a closure with each decimal digit of a number of zero or more, in ASCII, the highest one first.
    @inline(__always)
    fileprivate func forEachDecimalDigit(_ body: (UInt8) -> Void) {
        var divisor = 1
        while self / divisor >= 10 { divisor *= 10 }
        var rest = self
        while divisor > 0 {
            body(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
