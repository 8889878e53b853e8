import StrataCore

/// Tells when an entry was last used from the tick of the policy's clock at that use, so that entries keep no time.
///
/// A clock of uses is what a policy orders by; an age in seconds is what an operator asks for, and what compares entries
/// of different caches. The time is noted now and then as the clock goes on; between two notes, a sixteenth as many uses
/// apart as there are entries, ages are interpolated.
struct UseHistory {
    private static let capacity = 64

    private struct Note {
        var tick: UInt32
        var time: Timestamp
    }

    /// The notes, oldest first from `next` on when there are as many as there may be.
    private var notes: [Note]
    private var next = 0

    /// - Parameter now: when the clock stood at 0.
    init(startingAt now: Timestamp) {
        notes = [Note(tick: 0, time: now)]
        notes.reserveCapacity(UseHistory.capacity)
    }

    /// Notes the time when the clock has gone on far enough since the last note.
    mutating func note(_ tick: UInt32, now: Timestamp, entries: Int) {
        let latest = notes[(next + notes.count - 1) % notes.count]
        guard Int(tick &- latest.tick) > entries / 16 else { return }
        if notes.count < UseHistory.capacity {
            notes.append(Note(tick: tick, time: now))
        } else {
            notes[next] = Note(tick: tick, time: now)
            next = (next + 1) % UseHistory.capacity
        }
    }

    /// For how long what was last used at a tick had been unused at a later moment.
    ///
    /// - Parameter moment: the clock then, and the time.
    func age(of tick: UInt32, at moment: (clock: UInt32, time: Timestamp)) -> Duration {
        // Between the last note before the use and what came after it, uses are taken to be evenly spread.
        var later = Note(tick: moment.clock, time: moment.time)
        for offset in (0..<notes.count).reversed() {
            let note = notes[(next + offset) % notes.count]
            // The clock runs over; what is less than half its range ahead is later.
            guard Int32(bitPattern: note.tick &- tick) > 0 else {
                let span = Double(later.time.nanoseconds &- note.time.nanoseconds)
                let part = Double(later.tick &- tick) / Double(max(1, later.tick &- note.tick))
                let rest = moment.time.nanoseconds &- later.time.nanoseconds
                return .nanoseconds(Int64(clamping: rest)) + .nanoseconds(Int64(span * part))
            }
            later = note
        }
        // Before all notes: at least as old as the first.
        return .nanoseconds(Int64(clamping: moment.time.nanoseconds &- later.time.nanoseconds))
    }
}
