import NIOConcurrencyHelpers
import NIOCore

/// The connections that have not ended, so that a server can end them and wait for that.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [UInt64: any Channel] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    func add(_ id: UInt64, _ channel: any Channel) {
        state.withLockedValue { $0.channels[id] = channel }
    }

    func remove(_ id: UInt64) {
        let waiters = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
            state.channels[id] = nil
            guard state.channels.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var channels: [any Channel] { state.withLockedValue { Array($0.channels.values) } }

    /// Returns when there are none left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLockedValue { state in
                if !state.channels.isEmpty { state.waiters.append(continuation) }
                return state.channels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}
