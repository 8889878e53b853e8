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
}
