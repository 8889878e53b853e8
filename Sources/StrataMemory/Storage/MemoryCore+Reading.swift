/// What was found for a reader; of a value, with the lock of its stripe held until `end()`.
@usableFromInline
struct ReadAccess {
    @usableFromInline
    enum Finding {
        case miss
        case absent
        case value
    }

    @usableFromInline let finding: Finding
    /// The value, or its first byte when values are raw bytes.
    @usableFromInline let content: UnsafeRawPointer?
    /// How many raw bytes there are.
    @usableFromInline let count: Int
    private let lock: StripeLock?

    @inline(__always)
    init(_ finding: Finding, content: UnsafeRawPointer? = nil, count: Int = 0, lock: StripeLock? = nil) {
        self.finding = finding
        self.content = content
        self.count = count
        self.lock = lock
    }

    /// Ends the access to a value, whose address is not valid any more.
    @usableFromInline
    func end() {
        lock?.unlock()
    }
}

extension MemoryCore {
    /// Looks a key up for a reader.
    @usableFromInline
    func beginRead(_ key: UnsafeRawBufferPointer) -> ReadAccess {
        let (stripe, hash) = locate(key)
        stripe.lock.lock()
        switch stripe.table.pointee.hit(key, hash) {
        case .hit(let cell):
            let record = stripe.table.pointee.records.pointer(to: cell)
            guard record.pointee.holdsValue, let block = record.pointee.block else {
                stripe.lock.unlock()
                return ReadAccess(.absent)
            }
            guard layout.isRaw else { return ReadAccess(.value, content: block, lock: stripe.lock) }
            let bytes = layout.rawBytes(block, keyLength: key.count, isTagged: record.pointee.isTagged)
            return ReadAccess(.value, content: bytes.baseAddress, count: bytes.count, lock: stripe.lock)
        case .miss:
            stripe.lock.unlock()
        case .dead(let cell, let cause):
            removeDead(cell, cause, of: stripe)
        }
        return ReadAccess(.miss)
    }

    /// Removes what a reader found to be dead, and releases the lock that the reader took.
    @inline(never)
    private func removeDead(_ cell: CellIndex, _ cause: RemovalCause, of stripe: MemoryStripe) {
        var discarded = DiscardedBlocks()
        let before = stripe.table.pointee.bytes
        stripe.table.pointee.remove(cell, cause, &discarded)
        let change = stripe.table.pointee.bytes - before
        stripe.lock.unlock()
        budget?.account(change)
        discarded.free(layout)
    }
}
