import Testing

@testable import StrataProxy

@Suite struct RequestParserTests {
    private enum Event: Equatable {
        case request([String])
        case failure(ProtocolFailure)
    }

    /// Feeds input in pieces, as a connection does, and collects what comes out.
    private func parse(
        _ input: [UInt8], pieces: [Int], limits: RequestLimits = RequestLimits(), isAuthenticated: Bool = true
    ) -> [Event] {
        var parser = RequestParser(limits: limits, isAuthenticated: isAuthenticated)
        var buffer: [UInt8] = []
        var events: [Event] = []
        var start = 0
        for end in pieces + [input.count] where end >= start {
            buffer += input[start..<end]
            start = end
            var consumed = 0
            let isOver = buffer.withUnsafeBytes { bytes -> Bool in
                while true {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
                    switch parser.next(in: rest) {
                    case .incomplete: return false
                    case .nothing(let length): consumed += length
                    case .failure(let failure):
                        events.append(.failure(failure))
                        return true
                    case .request(let length):
                        let inline = parser.inlineBytes
                        let words = inline.withUnsafeBytes { inline in
                            let arguments = parser.arguments(in: rest, inline: inline)
                            return (0..<arguments.count).map { arguments.text($0) }
                        }
                        events.append(.request(words))
                        consumed += length
                    }
                }
            }
            buffer.removeFirst(consumed)
            if isOver { break }
        }
        return events
    }

    private func parse(_ text: String, isAuthenticated: Bool = true, limits: RequestLimits = RequestLimits())
        -> [Event]
    {
        parse(Array(text.utf8), pieces: [], limits: limits, isAuthenticated: isAuthenticated)
    }

    @Test func requestsAreFoundHoweverTheInputIsSliced() {
        let text =
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv\r\n*1\r\n\r\n*0\r\n\r\nPING 'a b' \"\\x41\\n\"\r\n*-1\r\n"
            + "*2\r\n$4\r\nECHO\r\n$0\r\n\r\nget k\n"
        let input = Array(text.utf8)
        let expected: [Event] = [
            .request(["SET", "k", "v\r\n*1"]), .request(["PING", "a b", "A\n"]), .request(["ECHO", ""]),
            .request(["get", "k"]),
        ]
        #expect(parse(input, pieces: []) == expected)
        #expect(parse(input, pieces: Array(0..<input.count)) == expected)
        for first in 0..<input.count { #expect(parse(input, pieces: [first]) == expected) }
        for first in 0..<input.count {
            for second in stride(from: first, to: input.count, by: 5) {
                #expect(parse(input, pieces: [first, second]) == expected)
            }
        }
    }

    @Test(arguments: [
        ("*x\r\n", ProtocolFailure.multibulkLength), ("*1048577\r\n", .multibulkLength),
        ("*12345678901234567890\r\n", .multibulkLength), ("*-x\r\n", .multibulkLength), ("*\r\n", .multibulkLength),
        ("*1\rx", .multibulkLength), ("*1\r\n:3\r\n", .expectedBulk(UInt8(ascii: ":"))),
        ("*1\r\n$-1\r\n", .bulkLength), ("*1\r\n$x\r\n", .bulkLength), ("*1\r\n$67108865\r\n", .bulkLength),
        ("*1\r\n$99999999999999999\r\n", .bulkLength), ("*1\r\n$4\r\nPINGxx", .missingLineEnd),
        ("PING \"a\r\n", .unbalancedQuotes), ("PING \"a\"b\r\n", .unbalancedQuotes),
        ("GET / HTTP/1.1\r\n", .http), ("POST /x HTTP/1.1\r\n", .http), ("Host: localhost\r\n", .http),
        ("put /v1/kv/a HTTP/1.1\r\n", .http),
    ])
    func badInputEndsTheConnection(_ input: String, _ failure: ProtocolFailure) {
        #expect(parse(input + "*1\r\n$4\r\nPING\r\n") == [.failure(failure)])
    }

    @Test func httpIsRefusedBeforeAnythingOfItRuns() {
        let events = parse("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k evil\r\n")
        #expect(events == [.failure(.http)])
        #expect(ProtocolFailure.http.reply == nil)
    }

    @Test func clientsThatHaveNotAuthenticatedMaySendLittle() {
        #expect(
            parse("*11\r\n", isAuthenticated: false, limits: .unauthenticated) == [
                .failure(.unauthenticatedMultibulkLength)
            ])
        #expect(
            parse("*1\r\n$16385\r\n", isAuthenticated: false, limits: .unauthenticated) == [
                .failure(.unauthenticatedBulkLength)
            ])
        let fits = "*10\r\n" + String(repeating: "$1\r\na\r\n", count: 10)
        #expect(
            parse(fits, isAuthenticated: false, limits: .unauthenticated) == [
                .request(Array(repeating: "a", count: 10))
            ])
    }

    @Test func endlessLinesAndRequestsAreCutOff() {
        #expect(parse(String(repeating: "a", count: 70_000)) == [.failure(.inlineTooLong)])
        let limits = RequestLimits(maximumRequestBytes: 100)
        #expect(
            parse("*3\r\n$60\r\n" + String(repeating: "a", count: 60) + "\r\n$60\r\n", limits: limits) == [
                .failure(.requestTooLong)
            ])
    }

    @Test func nothingIsReservedForWhatIsOnlyDeclared() {
        var parser = RequestParser(limits: RequestLimits(), isAuthenticated: true)
        Array("*1048576\r\n$67108864\r\n".utf8).withUnsafeBytes { bytes in
            guard case .incomplete = parser.next(in: bytes) else {
                Issue.record("a declared request was not awaited")
                return
            }
        }
        #expect(parser.list.count == 0)
    }

    @Test func garbageNeverTraps() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("*$\r\n0123456789-+:aGET\"'\\x ".utf8) + [0, 0xFF]
        for _ in 0..<3000 {
            let input = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let whole = parse(input, pieces: [])
            let sliced = parse(input, pieces: Array(0..<input.count))
            #expect(whole == sliced, "\(input)")
        }
    }
}
