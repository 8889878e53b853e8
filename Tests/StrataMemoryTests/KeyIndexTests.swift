import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct KeyIndexTests {
    @Test func followsADictionaryThroughInsertionsAndRemovals() {
        var generator = SeededGenerator(seed: 3)
        var index = KeyIndex(limit: 100_000)
        var records = RecordArray(limit: 100_000)
        var model: [CellIndex: UInt32] = [:]
        func holds(_ hash: UInt32, _ cell: CellIndex) -> Bool {
            var found = index.first(hash)
            while found >= 0, found != cell { found = records.pointer(to: found).pointee.next }
            return found == cell
        }
        for round in 0..<60_000 {
            if round < 50_000, round < 5000 || Bool.random(using: &generator) {
                // Few different hashes, so that some collide in all their bits.
                let hash = UInt32.random(in: 0..<10_000, using: &generator) &* 429_496
                let cell = records.take(hash: hash)
                index.insert(cell, records)
                model[cell] = hash
            } else if let (cell, hash) = model.randomElement(using: &generator) {
                #expect(holds(hash, cell))
                index.remove(cell, records)
                records.giveBack(cell)
                model[cell] = nil
            }
            if round % 5000 == 0 { #expect(index.violations(records) == []) }
        }
        #expect(index.count == model.count && records.count == model.count)
        #expect(index.violations(records) == [])
        #expect(model.allSatisfy { cell, hash in holds(hash, cell) })
    }

    @Test func thereIsAnAddressForEachEntryAndChainsStayShort() {
        var generator = SeededGenerator(seed: 4)
        var index = KeyIndex(limit: 100_000)
        var records = RecordArray(limit: 100_000)
        for _ in 0..<100_000 {
            let cell = records.take(hash: .random(in: .min ... .max, using: &generator))
            index.insert(cell, records)
        }
        #expect(index.addressCount == 100_000)
        var longest = 0
        for address in 0..<index.addressCount {
            var length = 0
            var cell = index.first(UInt32(address))
            while cell >= 0 {
                length += 1
                cell = records.pointer(to: cell).pointee.next
            }
            longest = max(longest, length)
        }
        #expect(longest < 20)
    }

    @Test func hashIsSipHash() {
        // Vectors of the reference implementation: key 00 01 … 0f, message 00 01 … of the given length.
        let hash = KeyHash(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let vectors: [(Int, UInt64)] = [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (15, 0xA129_CA61_49BE_45E5),
        ]
        for (length, expected) in vectors {
            let message = (0..<length).map { UInt8($0) }
            let found = message.withUnsafeBytes { hash.hash($0, compressions: 2, finalizations: 4) }
            #expect(found == expected)
        }
        #expect([UInt8]().withUnsafeBytes { hash.hash($0) } == 0xABAC_0158_050F_C4DC)
    }

    @Test func everyCacheHashesDifferently() {
        let message = Array("key".utf8)
        #expect(message.withUnsafeBytes { KeyHash().hash($0) } != message.withUnsafeBytes { KeyHash().hash($0) })
    }
}
