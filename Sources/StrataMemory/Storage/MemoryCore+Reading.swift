/// What was found for a reader; a value stays where it is until `end()`. Three words, so that it is returned in registers.
@usableFromInline
struct ReadAccess {
    private static let missCount = -1
    private static let absentCount = -2
    private static let lockMark: UInt = 1

    static var miss: ReadAccess { ReadAccess(content: nil, count: missCount, guardian: 0) }
    static var absent: ReadAccess { ReadAccess(content: nil, count: absentCount, guardian: 0) }

    /// The value, or its first byte when values are raw bytes.
    @usableFromInline let content: UnsafeRawPointer?
    /// How many raw bytes there are, 0 for another value; negative when there is none.
    @usableFromInline let count: Int
    /// What keeps the value where it is: the address of the reader's slot, or that of a lock with the mark.
    private let guardian: UInt

    @inline(__always)
    private init(content: UnsafeRawPointer?, count: Int, guardian: UInt) {
        self.content = content
        self.count = count
        self.guardian = guardian
    }

    /// Access to the value of a block while a reader's slot is marked.
    @inline(__always)
    init(_ block: BlockReference, _ layout: BlockLayout, _ slot: ReaderSlot) {
        self.init(block, layout, guardian: slot.address)
    }

    /// Access to the value of a block of nothing but a key and a value, while a reader's slot is marked.
    @inline(__always)
    init(plain block: BlockReference, keyLength: Int, _ layout: BlockLayout, _ slot: ReaderSlot) {
        if layout.isRaw {
            let bytes = layout.rawBytes(plain: block, keyLength: keyLength)
            self.init(content: UnsafeRawPointer(bytes.baseAddress), count: bytes.count, guardian: slot.address)
        } else {
            self.init(content: UnsafeRawPointer(layout.value(block)), count: 0, guardian: slot.address)
        }
    }

    /// Access to the value of a block while a lock is held.
    init(_ block: BlockReference, _ layout: BlockLayout, _ lock: StripeLock) {
        self.init(block, layout, guardian: lock.address | ReadAccess.lockMark)
    }

    @inline(__always)
    private init(_ block: BlockReference, _ layout: BlockLayout, guardian: UInt) {
        if layout.isRaw {
            let bytes = layout.rawBytes(block)
            self.init(content: UnsafeRawPointer(bytes.baseAddress), count: bytes.count, guardian: guardian)
        } else {
            self.init(content: UnsafeRawPointer(layout.value(block)), count: 0, guardian: guardian)
        }
    }

    @usableFromInline var holdsValue: Bool { @inline(__always) get { count >= 0 } }

    /// Whether it is known that the key has no value; otherwise, without a value, nothing is known.
    @usableFromInline var isAbsent: Bool { count == ReadAccess.absentCount }

    /// Ends the access to a value, whose address is not valid any more.
    @usableFromInline
    func end() {
        if guardian & ReadAccess.lockMark == 0 {
            ReaderSlot(address: guardian)?.leave()
        } else {
            StripeLock(address: guardian & ~ReadAccess.lockMark)?.unlock()
        }
    }
}

extension MemoryCore {
    /// Looks a key up for a reader.
    ///
    /// A hit takes no lock and changes nothing that another thread reads often, nor does a miss.
    ///
    /// This is the usual case alone: a short key, and an entry that nothing but its removal ends. It calls nothing except in
    /// place of its own end, so that it needs no stack, and its instructions are few enough for the processor to begin with
    /// the next hits while it waits for this one's memory.
    @usableFromInline
    func beginRead(_ key: UnsafeRawBufferPointer) -> ReadAccess {
        guard let short = ShortKey(key), plainKeyOffset >= 0, let slot = readers.known else { return beginAnyRead(key) }
        let hash = hash.hash(short)
        let stripe = stripe(of: hash)
        let pending = slot.pending(stripe.number)
        guard !pending.isDue else { return beginAnyRead(key) }
        slot.enter()
        let view = stripe.view
        let (cell, block) = view.pointee.findPlain(short, UInt32(truncatingIfNeeded: hash), plainKeyOffset)
        guard cell >= 0 else { return finishRead(key, hash, slot, isUnknown: cell == -1) }
        slot.countHit()
        pending.add(cell, block, isNews: recentUses(slot).note(hash, view.pointee.epoch))
        return ReadAccess(plain: block, keyLength: short.count, layout, slot)
    }

    /// Looks any key up for a reader.
    @inline(never)
    private func beginAnyRead(_ key: UnsafeRawBufferPointer) -> ReadAccess {
        let (stripe, hash) = locate(key)
        guard let slot = readers.own else { return beginLockedRead(key, hash, stripe) }
        let pending = slot.pending(stripe.number)
        if pending.isDue { tell(pending, to: stripe) }
        slot.enter()
        return finishRead(key, hash, slot, isUnknown: false)
    }

    /// Goes on with a reading that has begun.
    ///
    /// Whatever is not simple is left to `beginLockedRead`: an entry with tags, one that may not be served any more, a table
    /// that is being changed.
    /// - Parameter isUnknown: whether there seems to be no entry of the key.
    @inline(never)
    private func finishRead(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ slot: ReaderSlot, isUnknown: Bool
    ) -> ReadAccess {
        let stripe = stripe(of: hash)
        let (cell, block) =
            isUnknown ? (-1, .none) : stripe.view.pointee.find(key, UInt32(truncatingIfNeeded: hash), layout)
        guard cell >= 0, !block.isTagged, layout.validity(of: block, time, gate) == .valid else {
            let isAbsent = cell < 0 && stripe.view.pointee.lacks(key, UInt32(truncatingIfNeeded: hash), layout)
            slot.leave()
            if !isAbsent { return beginLockedRead(key, hash, stripe) }
            slot.countMiss()
            return .miss
        }
        slot.countHit()
        let isNews = recentUses(slot).note(hash, stripe.view.pointee.epoch)
        slot.pending(stripe.number).add(cell, block, isNews: isNews)
        guard block.holdsValue else {
            slot.leave()
            return .absent
        }
        return ReadAccess(block, layout, slot)
    }

    /// Tells a stripe's order of a thread's hits; of few enough only when nobody else holds the stripe.
    @inline(never)
    private func tell(_ pending: PendingUses, to stripe: MemoryStripe) {
        if pending.isFull {
            stripe.lock.lock()
        } else if !stripe.lock.tryLock() {
            return
        }
        stripe.table.pointee.apply(pending)
        stripe.lock.unlock()
    }

    @inline(never)
    private func beginLockedRead(_ key: UnsafeRawBufferPointer, _ hash: UInt64, _ stripe: MemoryStripe) -> ReadAccess {
        let pending = readers.own?.pending(stripe.number)
        stripe.lock.lock()
        stripe.table.pointee.apply(pending)
        switch stripe.table.pointee.hit(key, hash) {
        case .hit(let cell):
            let block = stripe.table.pointee.records.block(cell)
            if block.holdsValue { return ReadAccess(block, layout, stripe.lock) }
            stripe.lock.unlock()
            return .absent
        case .miss:
            stripe.lock.unlock()
        case .dead(let cell, let cause):
            let before = stripe.table.pointee.bytes
            stripe.table.pointee.remove(cell, cause)
            unlock(stripe, bytesBefore: before)
        }
        return .miss
    }
}
