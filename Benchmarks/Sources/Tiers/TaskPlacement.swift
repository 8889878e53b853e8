/// Where the tasks of a measurement run, and so where they resume.
package enum TaskPlacement: String, CaseIterable, Codable, Sendable {
    /// Swift's own pool of threads.
    case global
    /// An event loop: for Redis the one that owns the connections.
    case loop
    /// The thread of the Postgres connections.
    case reactor
}
