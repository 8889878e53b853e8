import StrataCore

extension EntryTable {
    /// What is offered to the table beside its key.
    struct Offer: ~Copyable {
        /// The key and the content. The table takes it over, whatever becomes of the offer. nil when the charge is more
        /// than one entry may take, so that nothing is copied in vain.
        let block: UnsafeMutableRawPointer?
        let holdsValue: Bool
        let version: Version
        let deadline: Timestamp
        let tags: [Tag]
        let domain: Int
        /// What the entry will be charged, in bytes.
        let charge: Int
    }

    /// What an entry is charged; a multiple of four, as policies keep it.
    ///
    /// - Parameters:
    ///   - blockSize: how large its block is.
    ///   - weight: what the value weighs beyond its block.
    static func charge(blockSize: Int, weight: Int, expires: Bool, tags: [Tag]) -> Int {
        let fixed =
            recordCharge + (expires ? timerCharge : 0) + BlockLayout.footprint(blockSize) + TagIndex.charge(tags)
        let (charge, overflow) = fixed.addingReportingOverflow(max(weight, 0))
        return overflow || charge > .max - 3 ? .max & ~3 : (charge + 3) & ~3
    }

    /// Takes an entry in, in place of what is held for its key, and makes room.
    ///
    /// - Parameter anyVersion: whether it may also take the place of a newer version.
    mutating func insert(
        _ key: UnsafeRawBufferPointer, _ keyHash: UInt64, _ offer: borrowing Offer, anyVersion: Bool = false,
        _ discarded: inout DiscardedBlocks
    ) -> InsertOutcome {
        let held = find(key, keyHash)
        if let refusal = refusal(of: offer, held: held, anyVersion: anyVersion) {
            statistics.rejected += 1
            if let block = offer.block { discarded.add(block, holdsValue: offer.holdsValue) }
            if held >= 0, refusal != .older { remove(held, .invalidated, &discarded) }
            return refusal
        }
        statistics.insertions += 1
        if held >= 0 { replace(held, offer, &discarded) } else { add(key.count, keyHash, offer) }
        while let (excess, cause) = nextExcess() { remove(excess, cause, &discarded) }
        return .inserted
    }

    /// Why an entry isn't taken in; nil when it is.
    private func refusal(of offer: borrowing Offer, held: CellIndex, anyVersion: Bool) -> InsertOutcome? {
        if held >= 0, !anyVersion, records[held].version > offer.version.rawValue { return .older }
        if offer.charge > largestEntry || offer.block == nil { return .tooLarge }
        if offer.deadline != .distantFuture, offer.deadline <= time.now { return .expired }
        return nil
    }

    private mutating func add(_ keyLength: Int, _ keyHash: UInt64, _ offer: borrowing Offer) {
        let short = UInt32(truncatingIfNeeded: keyHash)
        let cell = records.take(EntryRecord(signature: EntryRecord.signature(keyLength, keyHash)))
        fill(cell, offer)
        index.insert(short, cell, records) { [hash, layout] in EntryTable.indexHash($0, hash, layout) }
        policy.onInsert(cell, hash: short, charge: offer.charge)
        charged += offer.charge
    }

    private mutating func replace(_ cell: CellIndex, _ offer: borrowing Offer, _ discarded: inout DiscardedBlocks) {
        statistics.count(.replaced)
        discard(cell, &discarded)
        charged += offer.charge - policy.charge(of: cell)
        policy.onReplace(cell, charge: offer.charge)
        fill(cell, offer)
    }

    private mutating func fill(_ cell: CellIndex, _ offer: borrowing Offer) {
        let record = records.pointer(to: cell)
        record.pointee.block = offer.block
        record.pointee.version = offer.version.rawValue
        record.pointee.deadline = offer.deadline.nanoseconds
        record.pointee.domain = offer.domain
        record.pointee.holdsValue = offer.holdsValue
        record.pointee.isTagged = !offer.tags.isEmpty
        if !offer.tags.isEmpty, let block = offer.block {
            layout.setMembership(block, tags.attach(offer.tags, to: cell))
        }
        if offer.holdsValue { valueCount += 1 }
        if offer.deadline != .distantFuture { wheel.schedule(cell, deadline: offer.deadline.nanoseconds) }
    }

    /// Takes an entry's content away, with all that refers to it.
    mutating func discard(_ cell: CellIndex, _ discarded: inout DiscardedBlocks) {
        let record = records[cell]
        wheel.cancel(cell)
        if record.isTagged { tags.detach(membership(of: cell)) }
        if record.holdsValue { valueCount -= 1 }
        if let block = record.block { discarded.add(block, holdsValue: record.holdsValue) }
    }
}
