import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisReplyReaderTests {
    /// Bytes and the replies in them.
    private static let cases: [(text: String, replies: [RedisReply])] = [
        ("+OK\r\n", [.status("OK")]),
        ("-ERR no\r\n", [.error("ERR no")]),
        (":-42\r\n:9223372036854775807\r\n", [.integer(-42), .integer(.max)]),
        ("$5\r\nhello\r\n$0\r\n\r\n$-1\r\n", [.bulk(Array("hello".utf8)), .bulk([]), .null]),
        ("$4\r\n\r\n\r\n\r\n", [.bulk(Array("\r\n\r\n".utf8))]),
        ("*0\r\n*-1\r\n", [.array([]), .null]),
        (
            "*3\r\n*2\r\n$1\r\na\r\n*0\r\n$-1\r\n*1\r\n*1\r\n:7\r\n+next\r\n",
            [
                .array([.array([.bulk([97]), .array([])]), .null, .array([.array([.integer(7)])])]),
                .status("next"),
            ]
        ),
    ]

    private func read(
        _ pieces: [[UInt8]], limits: RedisReplyLimits = RedisReplyLimits()
    ) throws(StrataError) -> [RedisReply] {
        let reader = RedisReplyReader(limits: limits)
        var replies: [RedisReply] = []
        for piece in pieces {
            let result: Result<Void, StrataError> = piece.withUnsafeBytes { bytes in
                do throws(StrataError) {
                    try reader.read(bytes) { replies.append($0) }
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
        return replies
    }

    @Test func readsEveryKindOfReply() throws {
        for (text, replies) in RedisReplyReaderTests.cases {
            #expect(try read([Array(text.utf8)]) == replies)
        }
    }

    @Test func repliesCutAtEveryByteReadTheSame() throws {
        let bytes = Array(RedisReplyReaderTests.cases.map(\.text).joined().utf8)
        let replies = RedisReplyReaderTests.cases.flatMap(\.replies)
        for cut in 0...bytes.count {
            #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == replies)
        }
        #expect(try read(bytes.map { [$0] }) == replies)
    }

    @Test func aLargeValueArrivesWholeAcrossPortions() throws {
        let value = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes = Array("$300000\r\n".utf8) + value + Array("\r\n:1\r\n".utf8)
        #expect(try read([bytes]) == [.bulk(value), .integer(1)])
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{1}\u{2}", "*x\r\n", "$-2\r\n", ":12a\r\n",
        "$99999999999999999999\r\n",
        "*-5\r\n", "%1\r\n+a\r\n+b\r\n", ",1.5\r\n", "_\r\n", ">1\r\n+a\r\n",
    ])
    func garbageIsCorrupt(text: String) {
        #expect { try read([Array(text.utf8)]) } throws: { ($0 as? StrataError)?.code == .corrupt }
    }

    @Test func aDeclaredLengthReservesNothing() throws {
        #expect { try read([Array("*2147483647\r\n".utf8)]) } throws: {
            ($0 as? StrataError)?.message.contains("elements") == true
        }
        // Within the limit, it is a promise that costs nothing until it is kept.
        #expect(try read([Array("*1000000\r\n".utf8)]) == [])
    }

    @Test func limitsHold() throws {
        let limits = RedisReplyLimits(maximumElements: 10, maximumDepth: 3, maximumBytes: 1024)
        #expect(try read([Array("*10\r\n".utf8)], limits: limits) == [])
        #expect(throws: StrataError.self) { try read([Array("*11\r\n".utf8)], limits: limits) }
        // Several arrays of one reply count together, those of the next reply do not.
        #expect(throws: StrataError.self) {
            try read([Array("*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n".utf8)], limits: limits)
        }
        let six = "*6\r\n" + String(repeating: ":1\r\n", count: 6)
        #expect(try read([Array((six + six).utf8)], limits: limits).count == 2)
        #expect(try read([Array("*1\r\n*1\r\n*1\r\n:1\r\n".utf8)], limits: limits).count == 1)
        #expect(throws: StrataError.self) { try read([Array("*1\r\n*1\r\n*1\r\n*1\r\n".utf8)], limits: limits) }
        let long = Array("$5000\r\n".utf8)
        #expect(throws: StrataError.self) {
            try read([long] + Array(repeating: [UInt8](repeating: 1, count: 500), count: 4), limits: limits)
        }
    }

    /// Bytes whose end never comes and the limit they exceed.
    private static let hostile: [(text: String, reason: String)] = [
        ("$2001\r\n", "a bulk string of more than 2000 bytes"),
        ("$9223372036854775807\r\n", "a bulk string of more than 2000 bytes"),
        ("*2\r\n:1\r\n$512000000\r\n", "a bulk string of more than 2000 bytes"),
        ("+" + String(repeating: "x", count: 300), "a line of more than 256 bytes"),
        ("-" + String(repeating: "5", count: 300), "a line of more than 256 bytes"),
        ("$" + String(repeating: "1", count: 300), "a line of more than 256 bytes"),
        ("+5\r" + String(repeating: "x", count: 300), "a line of more than 256 bytes"),
        ("*1000000000\r\n", "more than 10 elements"),
        ("*10\r\n*1\r\n:1\r\n", "more than 10 elements"),
        (String(repeating: "*1\r\n", count: 4), "arrays nested more than 3 deep"),
    ]

    @Test(arguments: hostile.indices)
    func whatExceedsALimitIsRefusedBeforeItsEnd(index: Int) {
        let limits = RedisReplyLimits(
            maximumElements: 10, maximumDepth: 3, maximumBytes: 4096, maximumBulkBytes: 2000, maximumLineBytes: 256)
        let (text, reason) = RedisReplyReaderTests.hostile[index]
        let bytes = Array(text.utf8)
        for pieces in [[bytes], bytes.map { [$0] }] {
            #expect { try read(pieces, limits: limits) } throws: {
                ($0 as? StrataError)?.code == .corrupt && ($0 as? StrataError)?.message.contains(reason) == true
            }
        }
    }

    /// The fuzzer found that limits were not those of replies which came in one portion.
    @Test(arguments: [
        ("$2001\r\n" + String(repeating: "x", count: 2001) + "\r\n", "a bulk string of more than 2000 bytes"),
        ("+" + String(repeating: "x", count: 65) + "\r\n", "a line of more than 64 bytes"),
        ("-" + String(repeating: "x", count: 64) + "\r\r\n", "a line of more than 64 bytes"),
        (
            "*3\r\n" + String(repeating: "$2000\r\n" + String(repeating: "x", count: 2000) + "\r\n", count: 3),
            "a reply of more than 4096 bytes"
        ),
    ])
    func whatExceedsALimitIsRefusedAlsoWhenItIsWhole(text: String, reason: String) {
        let limits = RedisReplyLimits(maximumBytes: 4096, maximumBulkBytes: 2000, maximumLineBytes: 64)
        let bytes = Array((":1\r\n" + text + ":2\r\n").utf8)
        for pieces in [[bytes], bytes.map { [$0] }, [Array(bytes[..<9]), Array(bytes[9...])]] {
            let reader = RedisReplyReader(limits: limits)
            var replies: [RedisReply] = []
            var errors: [StrataError] = []
            for piece in pieces + [Array("+OK\r\n".utf8)] {
                piece.withUnsafeBytes { bytes in
                    do throws(StrataError) { try reader.read(bytes) { replies.append($0) } } catch {
                        errors.append(error)
                    }
                }
            }
            #expect(replies == [.integer(1)])
            #expect(errors.first?.code == .corrupt && errors.first?.message.contains(reason) == true)
            #expect(Set(errors).count == 1, "the error stays")
        }
    }

    @Test func aReplyAsLargeAsTheLimitsIsReadInAnyPortions() throws {
        let limits = RedisReplyLimits(maximumBytes: 1024, maximumBulkBytes: 1015, maximumLineBytes: 64)
        let value = [UInt8](repeating: 120, count: 1015)
        let line = String(repeating: "x", count: 64)
        // 7 bytes of length and 2 of the end make 1,024.
        let bytes = Array("$1015\r\n".utf8) + value + Array("\r\n+\(line)\r\n".utf8)
        #expect(try read([bytes], limits: limits) == [.bulk(value), .status(line)])
        #expect(try read(bytes.map { [$0] }, limits: limits) == [.bulk(value), .status(line)])
    }

    @Test func whatStaysWithinTheLimitsIsReadByteByByte() throws {
        let limits = RedisReplyLimits(maximumBytes: 4096, maximumBulkBytes: 2000, maximumLineBytes: 64)
        let value = [UInt8](repeating: 13, count: 2000)
        let digits = String(repeating: "9", count: 40)
        let bytes = Array("$2000\r\n".utf8) + value + Array("\r\n+\(digits)\r\n+\r\n".utf8)
        let replies: [RedisReply] = [.bulk(value), .status(digits), .status("")]
        #expect(try read([bytes], limits: limits) == replies)
        #expect(try read(bytes.map { [$0] }, limits: limits) == replies)
    }

    @Test func commandsAreArraysOfBulkStrings() {
        var command = RedisCommand("SET", [0, 13, 10], [])
        command.append(-12)
        command.append([1], [2, 3])
        #expect(command.count == 5)
        #expect(
            command.body == Array("$3\r\nSET\r\n$3\r\n".utf8) + [0, 13, 10] + Array("\r\n$0\r\n\r\n$3\r\n-12\r\n".utf8)
                + Array("$3\r\n".utf8) + [1, 2, 3] + Array("\r\n".utf8))
        var digits: [UInt8] = []
        for number in [0, 9, 10, 99, 100, 65_536, Int.max] {
            digits.appendDecimal(number)
            digits.append(32)
        }
        #expect(String(decoding: digits, as: UTF8.self) == "0 9 10 99 100 65536 9223372036854775807 ")
    }

    @Test func digestsAreSHA1() {
        // FIPS 180-4 examples.
        #expect(SHA1.hexDigest(of: "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(SHA1.hexDigest(of: "") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(
            SHA1.hexDigest(of: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    }
}
