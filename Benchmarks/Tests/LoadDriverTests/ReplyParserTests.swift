import NIOCore
import Testing

@testable import LoadDriver

@Suite struct ReplyParserTests {
    private static let stream =
        "+OK\r\n$5\r\nhello\r\n$-1\r\n:42\r\n:-7\r\n-ERR it is\r\n_\r\n$0\r\n\r\n$7\r\na\r\nb\r\nc\r\n+OK\r\n"
    private static let replies: [Reply] = [
        .status, .bulk(ByteBuffer(string: "hello")), .null, .integer(42), .integer(-7), .error("ERR it is"), .null,
        .bulk(ByteBuffer()), .bulk(ByteBuffer(string: "a\r\nb\r\nc")), .status,
    ]

    private func parse(_ pieces: [Substring]) throws -> [Reply] {
        var parser = ReplyParser()
        var replies: [Reply] = []
        for piece in pieces {
            var bytes = ByteBuffer(substring: piece)
            parser.append(&bytes)
            while let reply = try parser.next() { replies.append(reply) }
        }
        return replies
    }

    @Test func readsAPipelineAtOnce() throws {
        #expect(try parse([Self.stream[...]]) == Self.replies)
    }

    @Test func readsAPipelineCutAnywhere() throws {
        let text = Self.stream
        // "\r\n" is one Character: cut between Unicode scalars.
        let scalars = text.unicodeScalars
        for cut in scalars.indices {
            #expect(try parse([text[..<cut], text[cut...]]) == Self.replies)
        }
        #expect(try parse(scalars.indices.map { text[$0..<scalars.index(after: $0)] }) == Self.replies)
    }

    @Test func waitsForTheRestOfALongString() throws {
        var parser = ReplyParser()
        var head = ByteBuffer(string: "$200000\r\n")
        parser.append(&head)
        for _ in 0..<200 {
            #expect(try parser.next() == nil)
            var piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1000)
            parser.append(&piece)
        }
        var end = ByteBuffer(string: "\r\n")
        parser.append(&end)
        #expect(try parser.next() == .bulk(ByteBuffer(repeating: UInt8(ascii: "x"), count: 200_000)))
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n", "\r\n", "$x\r\n", "$-2\r\n", "$99999999999\r\n", ":\r\n", ":-\r\n", "*1\r\n",
        "$12345678901234567890123\r\n",
    ])
    func refusesWhatIsNoReply(text: String) {
        #expect(throws: LoadError.self) { try parse([text[...]]) }
    }

    @Test func refusesALineWithoutEnd() {
        #expect(throws: LoadError.self) { try parse([String(repeating: "+", count: 70_000)[...]]) }
    }

    @Test func commandsAreWhatTheServerExpects() {
        let plan = PhasePlan(phase: .run, records: 10, operations: 1, clients: 1, valueBytes: 30)
        var buffer = ByteBuffer()
        buffer.writeCommand(ClientSession.Request(record: 4, write: nil), plan: plan)
        #expect(String(buffer: buffer) == "*2\r\n$3\r\nGET\r\n$24\r\n\(RecordKey.text(4))\r\n")
        buffer.clear()
        buffer.writeCommand(ClientSession.Request(record: 4, write: .uncounted), plan: plan)
        let head = "*3\r\n$3\r\nSET\r\n$24\r\n\(RecordKey.text(4))\r\n$30\r\n"
        #expect(buffer.readString(length: head.utf8.count) == head)
        #expect(buffer.readBytes(length: 30) == plan.value(of: 4, .uncounted).bytes(length: 30))
        #expect(String(buffer: buffer) == "\r\n")
    }

    @Test(arguments: [
        ("127.0.0.1:6380", "127.0.0.1", 6380), ("cache.example:1", "cache.example", 1), ("[::1]:6379", "::1", 6379),
    ])
    func readsAnAddress(text: String, host: String, port: Int) throws {
        let address = try #require(ServerAddress(text))
        #expect(address.host == host && address.port == port && address.description == text)
    }

    @Test(arguments: ["", "host", ":80", "host:", "host:0", "host:65536", "host:x", "::1:80", "[]:80"])
    func refusesWhatIsNoAddress(text: String) {
        #expect(ServerAddress(text) == nil)
    }
}
