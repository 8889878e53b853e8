/// A part of a run.
package enum Phase: String, Sendable {
    /// Every record is written once.
    case load
    /// The workload's mix.
    case run
    /// Every record is read once and checked in full.
    case verify
}
