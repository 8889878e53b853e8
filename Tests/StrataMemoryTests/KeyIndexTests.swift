import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct KeyIndexTests {
    @Test func followsADictionaryThroughInsertionsAndRemovals() {
        var generator = SeededGenerator(seed: 3)
        var index = KeyIndex()
        var model: [CellIndex: UInt32] = [:]
        for round in 0..<60_000 {
            let cell = CellIndex.random(in: 0..<20_000, using: &generator)
            if let hash = model[cell] {
                #expect(index.find(hash) { $0 == cell } == cell)
                // Grows first, shrinks afterwards.
                if round > 30_000 || round % 4 == 0 {
                    index.remove(hash, cell)
                    model[cell] = nil
                    #expect(index.find(hash) { $0 == cell } == -1)
                }
            } else if round < 50_000 {
                // Few different hashes, so that some collide in all their bits.
                let hash = UInt32.random(in: 0..<10_000, using: &generator) &* 429_496
                index.insert(hash, cell)
                model[cell] = hash
            }
        }
        #expect(index.count == model.count)
        #expect(index.violations() == [])
        #expect(model.allSatisfy { cell, hash in index.find(hash) { $0 == cell } == cell })
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
