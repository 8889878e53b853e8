import StrataCore
import Testing

@Suite("Errors and small values")
struct ErrorTests {
    @Test func `an error says where it happened, and keeps the first place`() {
        let error = StrataError(.timeout, "no answer within 50 ms")
        #expect("\(error)" == "no answer within 50 ms")
        #expect("\(error.at("shard-1"))" == "shard-1: no answer within 50 ms")
        #expect(error.at("shard-1").at("composite").origin == "shard-1")
        #expect(error.at("shard-1").code == .timeout)
        #expect("\(StrataError.Code.notOwned)" == "not-owned")
    }

    @Test func `a look-up's value is that of a hit`() {
        #expect(Lookup.hit(0).value == 0)
        #expect(Lookup<Int>.absent.value == nil)
        #expect(Lookup<Int>.miss.value == nil)
        #expect(Lookup<Int>.absent != .miss)
    }

    @Test func `types have the names that TYPE answers`() {
        #expect(EntryType.string.name == "string")
        #expect(EntryType(rawValue: 9).name == "type-9")
    }

    @Test func `integers are read from the most significant byte on`() {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(UInt8(0xAB))
        bytes.appendBigEndian(UInt16(0x0102))
        bytes.appendBigEndian(Int64(-2))
        #expect(bytes == [0xAB, 1, 2, 255, 255, 255, 255, 255, 255, 255, 254])
        bytes.withUnsafeBytes { buffer in
            var reader = BigEndianReader(buffer)
            let numbers = (
                reader.integer(as: UInt8.self), reader.integer(as: UInt16.self), reader.integer(as: Int64.self)
            )
            #expect(numbers.0 == 0xAB && numbers.1 == 0x0102 && numbers.2 == -2)
            let behind = (reader.integer(as: UInt8.self), reader.bytes(0)?.isEmpty, reader.bytes(1)?.isEmpty)
            #expect(behind.0 == nil && behind.1 == true && behind.2 == nil)
        }
    }
}
