import StrataCore
import StrataMemory

/// What an entry of level 1 costs in resident memory: 16-byte keys, 100-byte values, every value an array of its own.
package struct FootprintMeasurement: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        /// How much the process's resident memory grew while the level was filled.
        package var residentBytes: Int
        package var bytesPerEntry: Double
        package var entries: Int
        /// What the level itself accounts for the entries.
        package var chargedBytes: Int
    }

    package var entries: Int

    package init(entries: Int) {
        self.entries = entries
    }

    /// Fills a level with the entries and measures.
    ///
    /// - Throws: `StrataError` when the engine doesn't take the capacity, or didn't keep every entry.
    package func report() throws -> Report {
        // A quarter more than needed: an engine of several stripes doesn't fill them evenly.
        let capacity = max(entries * ThroughputMeasurement.entryBytes / 4 * 5, 1 << 20)
        let cache = MemoryCache<[UInt8]>(try MemoryConfiguration(capacityBytes: capacity))
        let before = ResidentMemory.bytes
        for number in 0..<entries {
            let value = [UInt8](
                repeating: UInt8(truncatingIfNeeded: number), count: ThroughputMeasurement.valueBytes)
            cache.insert(Key(FixedKeys.bytes(number)), .value(value), version: .zero, deadline: .distantFuture)
        }
        let grown = ResidentMemory.bytes - before
        let statistics = cache.statistics
        guard statistics.entries == entries else {
            throw StrataError(.invalidOperation, "the level kept \(statistics.entries) of \(entries) entries")
        }
        return Report(
            residentBytes: grown, bytesPerEntry: (Double(grown) / Double(entries) * 10).rounded() / 10,
            entries: entries, chargedBytes: statistics.bytes)
    }
}
