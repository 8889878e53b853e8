import Testing

@testable import LoadDriver

@Suite struct WriteLedgerTests {
    private func judge(_ ledger: WriteLedger, _ value: RecordValue?, of record: Int, floor: UInt32) -> Mismatch.Reason?
    {
        guard let value else { return ledger.judge(nil, of: record, floor: floor) }
        return value.bytes(length: 50).withUnsafeBytes { ledger.judge($0, of: record, floor: floor) }
    }

    @Test func writesInTurnMakeEarlierOnesStale() {
        let ledger = WriteLedger(records: 10, run: 7, recordsExist: false)
        #expect(judge(ledger, nil, of: 3, floor: ledger.floor(of: 3)) == nil)
        ledger.acknowledge(ledger.begin(3), of: 3)
        ledger.acknowledge(ledger.begin(3), of: 3)
        let floor = ledger.floor(of: 3)
        #expect(floor == 2)
        #expect(judge(ledger, RecordValue(record: 3, run: 7, number: 2), of: 3, floor: floor) == nil)
        #expect(
            judge(ledger, RecordValue(record: 3, run: 7, number: 1), of: 3, floor: floor) == .stale(seen: 1, floor: 2))
        #expect(judge(ledger, nil, of: 3, floor: floor) == .missing)
        #expect(
            judge(ledger, RecordValue(record: 3, run: 7, number: 3), of: 3, floor: floor)
                == .unwritten(number: 3, sent: 2))
        #expect(
            judge(ledger, RecordValue(record: 4, run: 7, number: 2), of: 3, floor: floor)
                == .foreign(key: RecordKey.text(4)))
        #expect(ledger.judge(UnsafeRawBufferPointer(start: nil, count: 0), of: 3, floor: floor) == .corrupt(length: 0))
    }

    @Test func aValueOfAnEarlierRunIsRightUntilThisRunWrites() {
        let ledger = WriteLedger(records: 1, run: 7, recordsExist: true)
        let earlier = RecordValue(record: 0, run: 6, number: 900)
        #expect(judge(ledger, earlier, of: 0, floor: ledger.floor(of: 0)) == nil)
        #expect(judge(ledger, nil, of: 0, floor: 0) == .missing)
        ledger.acknowledge(ledger.begin(0), of: 0)
        #expect(judge(ledger, earlier, of: 0, floor: ledger.floor(of: 0)) == .stale(seen: 0, floor: 1))
    }

    @Test func overlappingWritesMayLandInEitherOrder() {
        var history = KeyHistory()
        let (first, second) = (history.begin(), history.begin())
        history.acknowledge(second)
        #expect(history.floor == 1)
        history.acknowledge(first)
        #expect(history.floor == 1, "the server may have applied the second write before the first")
        let third = history.begin()
        history.acknowledge(third)
        #expect(history.floor == 3)
    }

    @Test func aFailedWriteMayLandAtAnyTime() {
        var history = KeyHistory()
        _ = history.begin()
        for _ in 0..<200 { history.acknowledge(history.begin()) }
        #expect(history.floor == 1, "write 1 was never acknowledged, and may be applied after the others")
    }

    @Test func moreOpenWritesThanItFollowsOnlyMakeItMoreLenient() {
        var history = KeyHistory()
        let open = (0..<500).map { _ in history.begin() }
        for ticket in open.reversed() { history.acknowledge(ticket) }
        #expect(history.floor == 1)
        history.acknowledge(history.begin())
        #expect(history.floor == 501)
    }

    /// Plays random overlapping writes on a register that applies each at one moment within its span: the history never
    /// calls stale what the register holds, and its floor is the one that follows from the whole past.
    @Test(arguments: 0..<40 as Range<UInt64>) func agreesWithARegister(seed: UInt64) {
        struct Write {
            var ticket: WriteTicket
            var sent: Int
            var acknowledged: Int?
            var isApplied = false
        }
        var generator = SplitMix64(seed: seed)
        var history = KeyHistory()
        var writes: [Write] = []
        var register: UInt32 = 0
        for now in 1...200 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where writes.count(where: { $0.acknowledged == nil }) < 6:
                writes.append(Write(ticket: history.begin(), sent: now))
            case 1:
                guard let index = writes.indices.filter({ !writes[$0].isApplied }).randomElement(using: &generator)
                else { break }
                writes[index].isApplied = true
                register = writes[index].ticket.number
            case 2:
                guard
                    let index = writes.indices.filter({ writes[$0].isApplied && writes[$0].acknowledged == nil })
                        .randomElement(using: &generator)
                else { break }
                writes[index].acknowledged = now
                history.acknowledge(writes[index].ticket)
            default:
                #expect(register >= history.floor, "a linearizable register's value was called stale")
                let floors = writes.filter { $0.acknowledged != nil }.map { write in
                    let open = writes.prefix { $0.ticket.number < write.ticket.number }
                        .filter { $0.acknowledged.map { $0 > write.sent } ?? true }
                    return open.first?.ticket.number ?? write.ticket.number
                }
                #expect(history.floor == floors.max() ?? 0)
            }
        }
    }
}
