import NIOCore
import Testing

@testable import StrataProxy

@Suite struct ReplyWriterTests {
    private func write(_ version: ProtocolVersion = .resp2, _ body: (inout ReplyWriter) -> Void) -> String {
        var writer = ReplyWriter(buffer: ByteBuffer(), version: version)
        body(&writer)
        return String(buffer: writer.buffer)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, -1, -10, 1_234_567_890, Int64.max, .min])
    func integersAreWrittenAndReadBack(_ number: Int64) {
        #expect(write { $0.integer(number) } == ":\(number)\r\n")
        let digits = Array("\(number)".utf8)
        #expect(digits.withUnsafeBytes { DecimalDigits.parse($0) } == number)
    }

    @Test(arguments: ["", "-", "+1", "01", "-0", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1.0"])
    func whatIsNoIntegerIsRefused(_ text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { DecimalDigits.parse($0) } == nil)
    }

    @Test func errorsStayOnOneLine() {
        let text = write { $0.error("ERR shard-0: first\r\n+OK\nDETAIL: x") }
        #expect(text == "-ERR shard-0: first  +OK DETAIL: x\r\n")
    }

    @Test func versionsDifferWhereTheProtocolsDo() {
        let all: (inout ReplyWriter) -> Void = { reply in
            reply.null()
            reply.nullArray()
            reply.map(1)
            reply.set(2)
            reply.double(1.5)
            reply.verbatim("hi")
        }
        #expect(write(.resp2, all) == "$-1\r\n*-1\r\n*2\r\n*2\r\n$3\r\n1.5\r\n$2\r\nhi\r\n")
        #expect(write(.resp3, all) == "_\r\n_\r\n%1\r\n~2\r\n,1.5\r\n=6\r\ntxt:hi\r\n")
    }

    @Test func emptyAndBinaryStringsKeepTheirBytes() {
        #expect(write { $0.bulk([UInt8]()) } == "$0\r\n\r\n")
        #expect(write { $0.bulk([0x61, 0x0D, 0x0A, 0]) } == "$4\r\na\r\n\u{0}\r\n")
    }
}
