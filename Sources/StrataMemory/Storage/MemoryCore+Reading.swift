/// What was found for a reader; a value stays where it is until `end()`.
@usableFromInline
struct ReadAccess {
    @usableFromInline
    enum Finding {
        case miss
        case absent
        case value
    }

    /// What keeps a value where it is.
    enum Guardian {
        case none
        case reader(ReaderSlot)
        case lock(StripeLock)
    }

    @usableFromInline let finding: Finding
    /// The value, or its first byte when values are raw bytes.
    @usableFromInline let content: UnsafeRawPointer?
    /// How many raw bytes there are.
    @usableFromInline let count: Int
    private let guardian: Guardian

    @inline(__always)
    init(_ finding: Finding) {
        self.finding = finding
        content = nil
        count = 0
        guardian = .none
    }

    /// Access to the value of a block.
    @inline(__always)
    init(_ block: BlockReference, _ layout: BlockLayout, _ guardian: Guardian) {
        finding = .value
        if layout.isRaw {
            let bytes = layout.rawBytes(block)
            content = UnsafeRawPointer(bytes.baseAddress)
            count = bytes.count
        } else {
            content = UnsafeRawPointer(layout.value(block))
            count = 0
        }
        self.guardian = guardian
    }

    /// Ends the access to a value, whose address is not valid any more.
    @usableFromInline
    func end() {
        switch guardian {
        case .none: break
        case .reader(let slot): slot.leave()
        case .lock(let lock): lock.unlock()
        }
    }
}

extension MemoryCore {
    /// Looks a key up for a reader.
    ///
    /// A hit takes no lock and changes nothing that another thread reads often, nor does a miss. Whatever is not as simple is
    /// left to `beginLockedRead`: an entry with tags, one that may not be served any more, a table that is being changed.
    @usableFromInline
    func beginRead(_ key: UnsafeRawBufferPointer) -> ReadAccess {
        let (stripe, hash) = locate(key)
        guard let slot = readers.own else { return beginLockedRead(key, hash, stripe) }
        let pending = slot.pending(stripe.number)
        if pending.isFull { stripe.withTable { $0.apply(pending) } }
        slot.enter()
        let (cell, block) = stripe.view.pointee.find(key, UInt32(truncatingIfNeeded: hash), layout)
        guard cell >= 0, !block.isTagged, layout.validity(of: block, time, gate) == .valid else {
            let isAbsent = cell < 0 && stripe.view.pointee.lacks(key, UInt32(truncatingIfNeeded: hash), layout)
            slot.leave()
            if !isAbsent { return beginLockedRead(key, hash, stripe) }
            slot.countMiss()
            return ReadAccess(.miss)
        }
        slot.countHit()
        pending.add(cell, block)
        guard block.holdsValue else {
            slot.leave()
            return ReadAccess(.absent)
        }
        return ReadAccess(block, layout, .reader(slot))
    }

    @inline(never)
    private func beginLockedRead(_ key: UnsafeRawBufferPointer, _ hash: UInt64, _ stripe: MemoryStripe) -> ReadAccess {
        let pending = readers.own?.pending(stripe.number)
        stripe.lock.lock()
        stripe.table.pointee.apply(pending)
        switch stripe.table.pointee.hit(key, hash) {
        case .hit(let cell):
            let block = stripe.table.pointee.records.block(cell)
            if block.holdsValue { return ReadAccess(block, layout, .lock(stripe.lock)) }
            stripe.lock.unlock()
            return ReadAccess(.absent)
        case .miss:
            stripe.lock.unlock()
        case .dead(let cell, let cause):
            let before = stripe.table.pointee.bytes
            stripe.table.pointee.remove(cell, cause)
            unlock(stripe, bytesBefore: before)
        }
        return ReadAccess(.miss)
    }
}
