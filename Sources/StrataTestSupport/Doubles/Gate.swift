import NIOConcurrencyHelpers

/// A place where tasks wait until a test lets them go on.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrived = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = NIOLockedValueBox(State())

    public init() {}

    /// Waits until the gate is open.
    public func pass() async {
        await withCheckedContinuation { continuation in
            let resumed = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
                state.arrived += 1
                var resumed = state.observers.filter { $0.count <= state.arrived }.map(\.continuation)
                state.observers.removeAll { $0.count <= state.arrived }
                if state.isOpen { resumed.append(continuation) } else { state.waiting.append(continuation) }
                return resumed
            }
            for continuation in resumed { continuation.resume() }
        }
    }

    /// Waits until so many tasks have come to the gate in all.
    public func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLockedValue { state in
                if state.arrived >= count { return true }
                state.observers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Lets everybody pass, now and later.
    public func open() {
        let waiting = state.withLockedValue { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
