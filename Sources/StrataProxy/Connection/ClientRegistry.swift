import NIOConcurrencyHelpers

/// The clients that are connected now.
final class ClientRegistry: Sendable {
    private struct State {
        var nextID: UInt64 = 1
        var admitted = 0
        var records: [UInt64: ClientRecord] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Counts a client in and numbers it.
    ///
    /// - Returns: nil when there are as many clients already.
    func admit(limit: Int) -> UInt64? {
        state.withLockedValue { state in
            guard state.admitted < limit else { return nil }
            state.admitted += 1
            defer { state.nextID += 1 }
            return state.nextID
        }
    }

    /// Counts a client out.
    func remove(_ id: UInt64) {
        state.withLockedValue { state in
            state.admitted -= 1
            state.records[id] = nil
        }
    }

    /// Takes in what CLIENT LIST tells of a client from now on.
    func update(_ record: ClientRecord) {
        state.withLockedValue { $0.records[record.id] = record }
    }

    var count: Int { state.withLockedValue { $0.admitted } }

    /// The clients in the order in which they came.
    var records: [ClientRecord] {
        state.withLockedValue { Array($0.records.values) }.sorted { $0.id < $1.id }
    }
}
