import LoadDriver
import StrataCore
import StrataMemory

/// How far a process grows beyond the capacity of its level 1 while far more unique keys pass through than fit: 16-byte
/// keys, values of 0 to 200 bytes, so that blocks of many sizes come and go.
package struct ChurnMeasurement: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        package var keys: Int
        package var capacityBytes: Int
        /// Entries held at the end.
        package var entries: Int
        /// The most that the level itself accounted for.
        package var chargedBytes: Int
        /// The most that the process's resident memory grew.
        package var residentBytes: Int
        /// The resident bytes for each byte of the capacity.
        package var ratioToCapacity: Double
    }

    /// How many keys pass between two looks at the process's memory.
    private static let interval = 50_000

    package var keys: Int
    package var capacityBytes: Int

    package init(keys: Int, capacityBytes: Int) {
        self.keys = keys
        self.capacityBytes = capacityBytes
    }

    /// Measures.
    ///
    /// - Throws: `StrataError` when the engine doesn't take the capacity; `LevelOneError` when memory can't be measured.
    package func report() throws -> Report {
        let before = try ResidentMemory.bytes()
        let level = MemoryCache<[UInt8]>(try MemoryConfiguration(capacityBytes: capacityBytes))
        var generator = SplitMix64(seed: 1)
        var resident = 0
        var charged = 0
        for number in 0..<keys {
            let value = [UInt8](repeating: 0x5A, count: Int.random(in: 0...200, using: &generator))
            level.insert(Key(FixedKeys.bytes(number)), .value(value), version: .zero, deadline: .distantFuture)
            if (number + 1) % ChurnMeasurement.interval == 0 || number + 1 == keys {
                resident = max(resident, try ResidentMemory.bytes() - before)
                charged = max(charged, level.statistics.bytes)
            }
        }
        return Report(
            keys: keys, capacityBytes: capacityBytes, entries: level.statistics.entries, chargedBytes: charged,
            residentBytes: resident,
            ratioToCapacity: (Double(resident) / Double(capacityBytes) * 1000).rounded() / 1000)
    }
}
