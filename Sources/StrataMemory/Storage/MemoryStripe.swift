public import NIOConcurrencyHelpers

/// A part of a cache under one lock.
@usableFromInline
final class MemoryStripe<Value: Sendable>: @unchecked Sendable {
    @usableFromInline let lock = NIOLock()
    // Guarded by `lock`: touched only within `withState`. Behind a pointer, because the exclusivity checks on a class's
    // stored properties cost as much as the look-up itself.
    @usableFromInline let state: UnsafeMutablePointer<StripeState<Value>>

    init(_ state: consuming StripeState<Value>) {
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: state)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Runs a closure with the state, while nobody else does.
    @inlinable @inline(__always)
    func withState<Result, Failure: Error>(
        _ body: (inout StripeState<Value>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&state.pointee)
    }

    /// Runs a closure that may remove entries, and frees their contents when the lock is released.
    @inlinable @inline(__always)
    func withDiscarding<Result, Failure: Error>(
        _ body: (inout StripeState<Value>, inout DiscardedContents<Value>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var discarded = DiscardedContents<Value>()
        return try withState { (state) throws(Failure) in try body(&state, &discarded) }
    }

    /// Puts another state in place of this one and answers it, for the caller to free.
    func exchange(_ make: (borrowing StripeState<Value>) -> StripeState<Value>) -> StripeState<Value> {
        lock.lock()
        defer { lock.unlock() }
        let fresh = make(state.pointee)
        let old = state.move()
        state.initialize(to: fresh)
        return old
    }
}
