import NIOConcurrencyHelpers

/// What was written in this run, record by record, shared by all clients; judges what they read.
package final class WriteLedger: Sendable {
    /// Which run it is, as its values carry it.
    package let run: UInt32

    private static let stripeCount = 64
    private let stripes: [NIOLockedValueBox<[KeyHistory]>]
    private let recordsExist: Bool

    /// A ledger for `0 ..< records`.
    ///
    /// - Parameters:
    ///   - run: a number that earlier runs against the same server didn't have.
    ///   - recordsExist: whether the records were written by an earlier run, so that one that is missing was lost.
    package init(records: Int, run: UInt32, recordsExist: Bool) {
        self.run = run
        self.recordsExist = recordsExist
        let perStripe = (records + WriteLedger.stripeCount - 1) / WriteLedger.stripeCount
        stripes = (0..<WriteLedger.stripeCount).map { _ in
            NIOLockedValueBox(Array(repeating: KeyHistory(), count: perStripe))
        }
    }

    /// Numbers a write that is about to be sent.
    package func begin(_ record: Int) -> WriteTicket {
        withHistory(of: record) { $0.begin() }
    }

    /// Notes that the server acknowledged a write.
    package func acknowledge(_ ticket: WriteTicket, of record: Int) {
        withHistory(of: record) { $0.acknowledge(ticket) }
    }

    /// The oldest write that a read of the record may see that begins now; 0 when any value is right.
    package func floor(of record: Int) -> UInt32 {
        withHistory(of: record) { $0.floor }
    }

    /// Says what is wrong with what a read returned, if anything is.
    ///
    /// - Parameters:
    ///   - bytes: the value, or nil when the server had none.
    ///   - floor: what `floor(of:)` was when the read began.
    package func judge(_ bytes: UnsafeRawBufferPointer?, of record: Int, floor: UInt32) -> Mismatch.Reason? {
        guard let bytes else { return floor > 0 || recordsExist ? .missing : nil }
        guard let value = RecordValue(checking: bytes) else { return .corrupt(length: bytes.count) }
        guard value.record == UInt64(record) else {
            return .foreign(key: RecordKey.text(Int(truncatingIfNeeded: value.record)))
        }
        guard value.run == run else { return floor > 0 ? .stale(seen: 0, floor: floor) : nil }
        if value.number < floor { return .stale(seen: value.number, floor: floor) }
        let sent = withHistory(of: record) { $0.sent }
        return value.number > sent ? .unwritten(number: value.number, sent: sent) : nil
    }

    private func withHistory<Result>(of record: Int, _ body: (inout KeyHistory) -> Result) -> Result {
        let (index, stripe) = record.quotientAndRemainder(dividingBy: WriteLedger.stripeCount)
        return stripes[stripe].withLockedValue { body(&$0[index]) }
    }
}
