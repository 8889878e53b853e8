import StrataCore

extension EntryTable {
    /// What is offered to the table beside its key.
    struct Offer: ~Copyable {
        /// The key, the content and what is known of them. The table takes it over, whatever becomes of the offer. None
        /// when the charge is more than one entry may take, so that nothing is copied in vain.
        let block: BlockReference
        let version: Version
        let deadline: Timestamp
        let tags: [Tag]
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
    /// - Parameters:
    ///   - anyVersion: whether it may also take the place of a newer version.
    ///   - pending: hits of the caller's that the eviction order has not been told of.
    mutating func insert(
        _ key: UnsafeRawBufferPointer, _ keyHash: UInt64, _ offer: borrowing Offer, anyVersion: Bool = false,
        pending: PendingUses?
    ) -> InsertOutcome {
        prefetchVictim()
        let held = find(key, keyHash)
        if let refusal = refusal(of: offer, held: held, anyVersion: anyVersion) {
            statistics.rejected += 1
            if !offer.block.isNone { retired.add(offer.block, charge: offer.charge) }
            if held >= 0, refusal != .older { remove(held, .invalidated) }
            return refusal
        }
        statistics.insertions += 1
        if held >= 0, let pending, !pending.isFull, policy.charge(of: held) == offer.charge {
            // To the order this is a use like any other, and it can wait as they do.
            exchange(held, charge: offer.charge, offer)
            pending.add(held, offer.block)
            return .inserted
        }
        apply(pending)
        if held >= 0 { replace(held, offer) } else { add(UInt32(truncatingIfNeeded: keyHash), offer) }
        advanceEpoch()
        while let (excess, cause) = nextExcess() { remove(excess, cause) }
        return .inserted
    }

    /// Why an entry isn't taken in; nil when it is.
    private func refusal(of offer: borrowing Offer, held: CellIndex, anyVersion: Bool) -> InsertOutcome? {
        if held >= 0, !anyVersion, layout.version(records.block(held)) > offer.version.rawValue { return .older }
        if offer.charge > largestEntry || offer.block.isNone { return .tooLarge }
        if offer.deadline != .distantFuture, offer.deadline <= time.now { return .expired }
        return nil
    }

    private mutating func add(_ hash: UInt32, _ offer: borrowing Offer) {
        let cell = records.take(hash: hash)
        fill(cell, offer)
        if index.splitsAtNext {
            view.pointee.changingChains { index.insert(cell, records) }
            view.pointee.update(index)
        } else {
            index.insert(cell, records)
        }
        policy.onInsert(cell, hash: hash, charge: offer.charge)
        charged += offer.charge
    }

    private mutating func replace(_ cell: CellIndex, _ offer: borrowing Offer) {
        let charge = policy.charge(of: cell)
        charged += offer.charge - charge
        policy.onReplace(cell, charge: offer.charge)
        exchange(cell, charge: charge, offer)
    }

    private mutating func exchange(_ cell: CellIndex, charge: Int, _ offer: borrowing Offer) {
        statistics.count(.replaced)
        discard(cell, charge: charge)
        fill(cell, offer)
    }

    private mutating func fill(_ cell: CellIndex, _ offer: borrowing Offer) {
        if !offer.tags.isEmpty { layout.setMembership(offer.block, tags.attach(offer.tags, to: cell)) }
        if offer.block.holdsValue { valueCount += 1 }
        if offer.deadline != .distantFuture { wheel.schedule(cell, deadline: offer.deadline.nanoseconds) }
        // Last, because from then on it is read.
        records.pointer(to: cell).pointee.block = offer.block
    }

    /// Takes an entry's content away, with all that refers to it; whoever calls it puts something else into the record.
    ///
    /// - Parameter charge: what the entry was charged.
    mutating func discard(_ cell: CellIndex, charge: Int) {
        let block = records.block(cell)
        wheel.cancel(cell)
        if block.isTagged { tags.detach(layout.membership(block)) }
        if block.holdsValue { valueCount -= 1 }
        retired.add(block, charge: charge)
    }
}
