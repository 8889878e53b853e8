/// What an operation does, by which its latency is reported.
package enum OperationKind: Int, CaseIterable, Sendable {
    /// Writes a record of the load phase.
    case insert
    /// Reads a record; the read of a read-modify-write counts here too.
    case read
    /// Overwrites a record; the write of a read-modify-write counts here too.
    case update
    /// Reads a record, then overwrites it: both round trips together.
    case readModifyWrite

    /// The name in reports.
    package var name: String {
        switch self {
        case .insert: "insert"
        case .read: "read"
        case .update: "update"
        case .readModifyWrite: "readModifyWrite"
        }
    }
}
