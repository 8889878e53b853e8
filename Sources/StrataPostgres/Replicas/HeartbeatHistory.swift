/// Which of a primary's heartbeats are how old by this process' clock; decides, and does no I/O.
///
/// A heartbeat is a random mark that a transaction of any process puts into one row. Who finds it in the snapshot of a read,
/// on whatever server, knows that the snapshot has everything that was committed before the mark was. Marks rather than
/// positions in the log: after a promotion, two histories have the same positions and different contents.
struct HeartbeatHistory: Sendable {
    /// Since when a mark may be there at the earliest; nil when it was there before this process looked.
    private var marks: [Int64: ContinuousClock.Instant?] = [:]
    private var lastAsked: ContinuousClock.Instant?

    /// How many marks the row keeps.
    static let length = 8

    /// Takes in the primary's marks.
    ///
    /// - Parameters:
    ///   - found: what the row has now.
    ///   - own: the mark that this process offered, which is among those found when it was taken.
    ///   - asked: when the primary was asked, before it answered.
    mutating func take(_ found: [Int64], own: Int64, asked: ContinuousClock.Instant) {
        var kept: [Int64: ContinuousClock.Instant?] = [:]
        for mark in found {
            if let known = marks[mark] {
                kept[mark] = .some(known)
            } else {
                // Another process' mark was not there yet when this one looked before.
                kept[mark] = .some(mark == own ? asked : lastAsked)
            }
        }
        marks = kept
        lastAsked = asked
    }

    /// The latest time that a snapshot can be shown to be of; nil before there was a heartbeat.
    var latest: ContinuousClock.Instant? { marks.values.compactMap(\.self).max() }

    /// The time of which a snapshot with these marks has every commit; nil when that is not known.
    func time(of snapshot: [Int64]) -> ContinuousClock.Instant? {
        snapshot.compactMap { marks[$0] ?? nil }.max()
    }
}
