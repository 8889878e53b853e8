package import NIOCore

/// A server's answer to one command, as far as the driver's commands have such answers.
package enum Reply: Hashable, Sendable {
    /// A simple string, such as `OK`.
    case status
    case error(String)
    case integer(Int64)
    case bulk(ByteBuffer)
    case null
}
