/// The writes of one record so far, from which follows the oldest one that a read may still see.
///
/// Writes are numbered in the order in which they are sent, by any client. Two writes that overlap in time may be
/// applied in either order, so a later number doesn't make an earlier one stale by itself. What makes write w stale is
/// a write n that was sent after w was acknowledged, and was itself acknowledged before the read began: a server with
/// linearizable registers never returns w then.
///
/// Invariant: every write below `oldestOpen` is acknowledged. A write takes `oldestOpen` with it when it is sent; when
/// it is acknowledged, all writes below that number are stale. A write that failed may still be applied at any time,
/// so it stays open for ever: nothing is then called stale wrongly.
struct KeyHistory: Sendable {
    /// The number of the last write that was sent, 0 when there was none.
    private(set) var sent: UInt32 = 0
    /// The oldest write that a read which begins now may see; 0 when any value is right.
    private(set) var floor: UInt32 = 0

    private var oldestOpen: UInt32 = 1
    /// Bit i: whether write `oldestOpen + i` is open. Writes further ahead are only counted, and while there are any,
    /// `oldestOpen` stands still, so that a write is counted when it ends as it was when it began.
    private var open: UInt64 = 0
    private var openBeyond: UInt32 = 0

    /// Numbers a write that is about to be sent.
    mutating func begin() -> WriteTicket {
        sent += 1
        let offset = sent - oldestOpen
        if offset < 64 { open |= 1 << UInt64(offset) } else { openBeyond += 1 }
        return WriteTicket(number: sent, floor: oldestOpen)
    }

    /// Notes that the server acknowledged a write.
    mutating func acknowledge(_ ticket: WriteTicket) {
        floor = max(floor, ticket.floor)
        let offset = ticket.number - oldestOpen
        if offset < 64 { open &= ~(1 << UInt64(offset)) } else { openBeyond -= 1 }
        guard openBeyond == 0 else { return }
        if open == 0 {
            oldestOpen = sent + 1
        } else {
            let settled = open.trailingZeroBitCount
            open >>= UInt64(settled)
            oldestOpen += UInt32(settled)
        }
    }
}

/// A write's number, and what becomes stale when it is acknowledged.
package struct WriteTicket: Hashable, Sendable {
    /// The write's number, counted from 1 per record; 0 when writes aren't counted.
    package let number: UInt32
    /// Writes below this number are stale once this one is acknowledged.
    let floor: UInt32

    /// The ticket of a write that nobody counts.
    package static let uncounted = WriteTicket(number: 0, floor: 0)
}
