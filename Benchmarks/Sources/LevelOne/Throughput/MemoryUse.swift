/// The ways in which a measurement uses level 1.
package enum MemoryUse: String, CaseIterable, Codable, Sendable {
    /// Raw bytes that are read in place, under keys that lie in an input buffer: the proxy's way.
    case borrowed
    /// Raw bytes as arrays, under keys made beforehand.
    case bytes
    /// Values of a service's own type, under keys made beforehand.
    case typed
}
