import NIOCore
import Testing

@testable import LoadDriver

@Suite struct RecordTests {
    @Test func keysAreDistinctAndOfOneLength() {
        let keys = Set((0..<20_000).map { RecordKey.text($0) })
        #expect(keys.count == 20_000)
        #expect(keys.allSatisfy { $0.utf8.count == RecordKey.length && $0.hasPrefix("user") })
        var buffer = ByteBuffer()
        RecordKey.write(77, to: &buffer)
        #expect(Array(buffer.readableBytesView) == RecordKey.bytes(77))
    }

    @Test(arguments: [24, 25, 31, 32, 33, 100, 1000]) func valueIsReadBack(length: Int) {
        let value = RecordValue(record: 123_456, run: 9, number: 3)
        let bytes = value.bytes(length: length)
        #expect(bytes.count == length)
        #expect(bytes.withUnsafeBytes { RecordValue(checking: $0) } == value)
    }

    @Test func anyChangedByteShows() {
        let bytes = RecordValue(record: 5, run: 1, number: 2).bytes(length: 61)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                #expect(changed.withUnsafeBytes { RecordValue(checking: $0) } == nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func cutAndExtendedValuesShow() {
        let bytes = RecordValue(record: 5, run: 1, number: 2).bytes(length: 64)
        for length in 0..<64 {
            #expect(bytes.prefix(length).withUnsafeBytes { RecordValue(checking: $0) } == nil)
        }
        #expect((bytes + [0]).withUnsafeBytes { RecordValue(checking: $0) } == nil)
    }

    @Test(arguments: [0, 1, 23]) func shortValuesAreFilledWithoutACheck(length: Int) {
        let whole = RecordValue(record: 5, run: 1, number: 2).bytes(length: length)
        #expect(whole.count == length)
    }
}
