/// A mix of operations, as YCSB's core workloads define it.
///
/// Source: Cooper et al., "Benchmarking Cloud Serving Systems with YCSB" (SoCC 2010), table 2.
package enum Workload: String, CaseIterable, Sendable {
    /// Half reads, half updates: a session store.
    case a = "A"
    /// 95 % reads, 5 % updates: tags on photos.
    case b = "B"
    /// Reads alone: profiles made elsewhere.
    case c = "C"
    /// Half reads, half read-modify-writes: a user database.
    case f = "F"

    /// The share of plain reads.
    package var readShare: Double {
        switch self {
        case .a, .f: 0.5
        case .b: 0.95
        case .c: 1
        }
    }

    /// What the operations are that aren't plain reads.
    package var otherKind: OperationKind {
        self == .f ? .readModifyWrite : .update
    }
}
