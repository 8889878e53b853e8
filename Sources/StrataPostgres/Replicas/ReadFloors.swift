import NIOConcurrencyHelpers
package import StrataCore

/// What this process knows to be outdated: below which version of a key an answer is too old, and since when that is known.
///
/// An answer that may lag behind the primary is compared with it before it is used. Keys share floors by their hash, which
/// can only refuse too much. Nothing has to be removed: an answer from after a floor was raised is above it by its time.
package final class ReadFloors: Sendable {
    private struct Floor {
        var version = Version.zero
        var raisedAt: ContinuousClock.Instant?
    }

    private static let segmentCount = 64
    private static let segmentLength = 1024
    private let segments = (0..<segmentCount).map { _ in
        NIOLockedValueBox([Floor](repeating: Floor(), count: segmentLength))
    }
    private let everything = NIOLockedValueBox<ContinuousClock.Instant?>(nil)

    package init() {}

    /// Takes in that answers below a version of the key are outdated.
    package func raise(_ key: Key, to version: Version) {
        let (segment, index) = place(of: key)
        segments[segment].withLockedValue { floors in
            floors[index].version = max(floors[index].version, version)
            floors[index].raisedAt = .now
        }
    }

    /// Takes in that every answer from before now is outdated.
    package func raiseAll() { everything.withLockedValue { $0 = .now } }

    /// Whether an answer is up to date, as far as this process knows.
    ///
    /// - Parameter time: when everything that was committed is in the answer.
    func allow(_ entry: Entry, of key: Key, from time: ContinuousClock.Instant) -> Bool {
        if let raisedAt = everything.withLockedValue(\.self), time <= raisedAt { return false }
        let (segment, index) = place(of: key)
        let floor = segments[segment].withLockedValue { $0[index] }
        guard let raisedAt = floor.raisedAt, time <= raisedAt else { return true }
        // An absence without a row has no version of its own.
        return entry.content != .absent && entry.version >= floor.version
    }

    private func place(of key: Key) -> (segment: Int, index: Int) {
        let hash = UInt(bitPattern: key.hashValue)
        let index = hash / UInt(ReadFloors.segmentCount) % UInt(ReadFloors.segmentLength)
        return (Int(hash % UInt(ReadFloors.segmentCount)), Int(index))
    }
}
