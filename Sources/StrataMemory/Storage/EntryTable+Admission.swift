public import StrataCore

extension EntryTable {
    /// What is offered to the table; the content itself stays with the caller.
    @usableFromInline
    struct Offer {
        @usableFromInline var version: Version
        @usableFromInline var deadline: Timestamp
        @usableFromInline var tags: [Tag]
        @usableFromInline var domain: Int
        /// What the content weighs, in bytes.
        @usableFromInline var weight: Int
        @usableFromInline var holdsValue: Bool

        @inlinable
        init(version: Version, deadline: Timestamp, tags: [Tag], domain: Int, weight: Int, holdsValue: Bool) {
            self.version = version
            self.deadline = deadline
            self.tags = tags
            self.domain = domain
            self.weight = weight
            self.holdsValue = holdsValue
        }
    }

    /// The answer to an offer.
    @usableFromInline
    enum Admission {
        /// It is admitted: its content belongs into this cell, whose old content is still there. Room must be made.
        case cell(CellIndex)
        /// It is refused; the cell, when there is one, holds what is older than it and must go.
        case refused(InsertOutcome, CellIndex)
    }

    /// Takes an entry in, in place of what is held for its key.
    ///
    /// - Parameter anyVersion: whether it may also take the place of a newer version.
    @usableFromInline
    mutating func admit(
        _ key: UnsafeRawBufferPointer, _ keyHash: UInt64, _ offer: borrowing Offer, anyVersion: Bool = false
    ) -> Admission {
        precondition((0..<FreshnessGate.maximumDomains).contains(offer.domain), "freshness domain \(offer.domain)")
        let held = find(key, keyHash)
        if held >= 0, !anyVersion, records[held].version > offer.version.rawValue {
            statistics.rejected += 1
            return .refused(.older, -1)
        }
        guard let charge = charge(key, offer) else {
            statistics.rejected += 1
            return .refused(.tooLarge, held)
        }
        if offer.deadline != .distantFuture, offer.deadline <= time.now {
            statistics.rejected += 1
            return .refused(.expired, held)
        }
        statistics.insertions += 1
        if held < 0 { return .cell(add(key, keyHash, offer, charge)) }
        replace(held, offer, charge)
        return .cell(held)
    }

    /// What an entry is charged; nil when that is more than one entry may take.
    func charge(_ key: UnsafeRawBufferPointer, _ offer: borrowing Offer) -> Int? {
        let fixed = EntryTable.entryOverhead + key.count + TagIndex.charge(offer.tags)
        let (charge, overflow) = fixed.addingReportingOverflow(max(offer.weight, 0))
        return overflow || charge > largestEntry ? nil : charge
    }

    private mutating func add(
        _ key: UnsafeRawBufferPointer, _ keyHash: UInt64, _ offer: borrowing Offer, _ charge: Int
    ) -> CellIndex {
        let cell = records.take(EntryRecord(key: key, slot: UInt16(Slot(of: key).number), charge: Int32(charge)))
        let short = UInt32(truncatingIfNeeded: keyHash)
        index.insert(short, cell)
        policy.onInsert(cell, hash: short, charge: charge)
        bytes += charge
        fill(cell, offer)
        return cell
    }

    private mutating func replace(_ cell: CellIndex, _ offer: borrowing Offer, _ charge: Int) {
        statistics.count(.replaced)
        let record = records.pointer(to: cell)
        bytes += charge - Int(record.pointee.charge)
        record.pointee.charge = Int32(charge)
        if record.pointee.holdsValue { valueCount -= 1 }
        wheel.cancel(cell)
        tags.detach(record.pointee.tags)
        policy.onReplace(cell, charge: charge)
        fill(cell, offer)
    }

    private mutating func fill(_ cell: CellIndex, _ offer: borrowing Offer) {
        let record = records.pointer(to: cell)
        record.pointee.version = offer.version.rawValue
        record.pointee.deadline = offer.deadline.nanoseconds
        record.pointee.domain = UInt16(offer.domain)
        record.pointee.holdsValue = offer.holdsValue
        record.pointee.tags = tags.attach(offer.tags, to: cell)
        if offer.holdsValue { valueCount += 1 }
        if offer.deadline != .distantFuture { wheel.schedule(cell, deadline: offer.deadline.nanoseconds) }
    }
}
