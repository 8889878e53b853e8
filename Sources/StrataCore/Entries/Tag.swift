/// A label that entries carry so that all entries with it can be invalidated together.
public struct Tag: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The label's text.
    public let name: String

    /// A tag of a text; at most 255 bytes of UTF-8 are kept apart by the stores.
    public init(_ name: String) {
        self.name = name
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    public var description: String { name }
}
