import Foundation
import StrataCore
import StrataSharding
import Testing

@Suite struct ShardMapCodingTests {
    private func map() throws -> ShardMap {
        try ShardMap(
            assigning: (0..<5).map { ShardDescriptor(name: "shard-ü-\($0)", weight: 1 + $0) },
            epoch: Epoch(rawValue: 77))
    }

    @Test func bytesAndTextBringTheMapBack() throws {
        let map = try map()
        #expect(try ShardMap(encoded: map.encoded) == map)
        let text = try JSONEncoder().encode(map)
        #expect(try JSONDecoder().decode(ShardMap.self, from: text) == map)
    }

    @Test func damagedBytesAreRefused() throws {
        let bytes = try map().encoded
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: StrataError.self) { try ShardMap(encoded: Array(bytes.prefix(length))) }
        }
        for index in stride(from: 0, to: bytes.count, by: 61) {
            var damaged = bytes
            damaged[index] ^= 0x10
            #expect(throws: StrataError.self) { try ShardMap(encoded: damaged) }
        }
        var newer = bytes
        newer[4] = 2
        let error = #expect(throws: StrataError.self) { try ShardMap(encoded: newer) }
        #expect(error?.code == .incompatible)
    }

    @Test(arguments: [
        "0-16382", "0-16384", "0-16383,5", "-1-16383", "a-b", "5-4,0-16383", "0--16383", "0-16383-1",
    ])
    func damagedTextIsRefused(slots: String) {
        let text = #"{"epoch":1,"shards":[{"name":"a","weight":1,"slots":"\#(slots)"}]}"#
        #expect(throws: (any Error).self) { try JSONDecoder().decode(ShardMap.self, from: Data(text.utf8)) }
    }

    @Test func ownersOutOfRangeAreRefused() {
        let shards = [ShardDescriptor(name: "a")]
        for owners in [[], [UInt16](repeating: 1, count: Slot.count), [UInt16](repeating: 0, count: 5)] {
            #expect(throws: StrataError.self) {
                try ShardMap(epoch: Epoch(rawValue: 1), shards: shards, owners: owners)
            }
        }
    }
}
