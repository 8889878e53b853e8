import NIOCore

extension ByteBuffer {
    /// Appends the command of a request.
    mutating func writeCommand(_ request: ClientSession.Request, plan: PhasePlan) {
        guard let ticket = request.write else {
            writeStaticString("*2\r\n$3\r\nGET\r\n$24\r\n")
            RecordKey.write(request.record, to: &self)
            writeStaticString("\r\n")
            return
        }
        writeStaticString("*3\r\n$3\r\nSET\r\n$24\r\n")
        RecordKey.write(request.record, to: &self)
        writeStaticString("\r\n$")
        writeString(String(plan.valueBytes))
        writeStaticString("\r\n")
        writeWithUnsafeMutableBytes(minimumWritableBytes: plan.valueBytes) { bytes in
            let value = UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(plan.valueBytes))
            plan.value(of: request.record, ticket).fill(value)
            return plan.valueBytes
        }
        writeStaticString("\r\n")
    }
}
