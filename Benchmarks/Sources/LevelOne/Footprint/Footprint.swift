/// What a cache full of entries takes in resident memory.
package struct Footprint: Codable, Hashable, Sendable {
    /// How much the process's resident memory grew while it was filled.
    package var residentBytes: Int
    package var bytesPerEntry: Double

    init(residentBytes: Int, entries: Int) {
        self.residentBytes = residentBytes
        bytesPerEntry = (Double(residentBytes) / Double(entries) * 10).rounded() / 10
    }
}
