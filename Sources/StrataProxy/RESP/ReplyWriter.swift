import NIOCore

/// The version of the protocol that a connection's replies are written in.
enum ProtocolVersion: Int {
    case resp2 = 2
    case resp3 = 3
}

/// Writes replies behind one another into one buffer.
struct ReplyWriter {
    var buffer: ByteBuffer
    var version: ProtocolVersion

    init(buffer: ByteBuffer, version: ProtocolVersion = .resp2) {
        self.buffer = buffer
        self.version = version
    }

    /// How many bytes have been written and not been taken.
    var count: Int { buffer.readableBytes }

    /// Undoes what was written after a count was taken.
    mutating func truncate(to count: Int) {
        buffer.moveWriterIndex(to: buffer.readerIndex + count)
    }

    mutating func ok() {
        buffer.writeStaticString("+OK\r\n")
    }

    /// A status; the text has no line end.
    mutating func status(_ text: StaticString) {
        buffer.writeStaticString("+")
        buffer.writeStaticString(text)
        buffer.writeStaticString("\r\n")
    }

    /// An error, the text starting with its code; line ends in it become spaces, so that no reply can be forged by one.
    mutating func error(_ text: String) {
        buffer.writeStaticString("-")
        var text = text
        text.withUTF8 { bytes in
            _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { target in
                for (index, byte) in bytes.enumerated() { target[index] = byte < 0x20 ? 0x20 : byte }
                return bytes.count
            }
        }
        buffer.writeStaticString("\r\n")
    }

    mutating func integer(_ number: Int64) {
        header(UInt8(ascii: ":"), number)
    }

    mutating func integer(_ number: Int) {
        header(UInt8(ascii: ":"), Int64(number))
    }

    /// A string of bytes, with one copy of them and one check of the buffer's room.
    @inline(__always)
    mutating func bulk(_ bytes: UnsafeRawBufferPointer) {
        let needed = bytes.count + DecimalDigits.maximumLength + 5
        _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { target in
            var position = ReplyWriter.header(UInt8(ascii: "$"), Int64(bytes.count), in: target)
            if let source = bytes.baseAddress, let start = target.baseAddress {
                (start + position).copyMemory(from: source, byteCount: bytes.count)
                position += bytes.count
            }
            target[position] = UInt8(ascii: "\r")
            target[position + 1] = UInt8(ascii: "\n")
            return position + 2
        }
    }

    mutating func bulk(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bulk($0) }
    }

    mutating func bulk(_ text: String) {
        var text = text
        text.withUTF8 { bulk(UnsafeRawBufferPointer($0)) }
    }

    /// The absence of a value.
    @inline(__always)
    mutating func null() {
        buffer.writeStaticString(version == .resp3 ? "_\r\n" : "$-1\r\n")
    }

    mutating func append(_ other: ByteBuffer) {
        buffer.writeImmutableBuffer(other)
    }

    @inline(__always)
    mutating func header(_ mark: UInt8, _ number: Int64) {
        _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: DecimalDigits.maximumLength + 3) { target in
            ReplyWriter.header(mark, number, in: target)
        }
    }

    @inline(__always)
    private static func header(_ mark: UInt8, _ number: Int64, in target: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = target.assumingMemoryBound(to: UInt8.self)
        guard let start = bytes.baseAddress else { return 0 }
        start[0] = mark
        let length = 1 + DecimalDigits.write(number, to: start + 1)
        start[length] = UInt8(ascii: "\r")
        start[length + 1] = UInt8(ascii: "\n")
        return length + 2
    }
}
