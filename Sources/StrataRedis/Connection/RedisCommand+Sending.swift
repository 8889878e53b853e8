import NIOCore

extension ByteBuffer {
    /// Writes a command as Redis reads it.
    mutating func write(_ command: RedisCommand) {
        if command.count < 10 {
            // "*", the digit and the line's end, in one store.
            writeInteger(0x2A30_0D0A + UInt32(command.count) << 16)
        } else {
            var header: [UInt8] = [UInt8(ascii: "*")]
            header.appendDecimal(command.count)
            writeBytes(header)
            writeInteger(0x0D0A as UInt16)
        }
        writeBytes(command.body)
    }
}
