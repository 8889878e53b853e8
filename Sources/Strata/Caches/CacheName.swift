import StrataCore

/// The rule for names of caches: they are the part of a store key before its first colon.
enum CacheName {
    /// What stands between a cache's name and its keys.
    static let separator = UInt8(ascii: ":")

    /// - Throws: `invalidArgument` for a name that is empty, longer than 255 bytes, or has a colon or a control character.
    static func validate(_ name: String) throws(StrataError) {
        guard (1...255).contains(name.utf8.count), !name.utf8.contains(where: { $0 == separator || $0 < 0x20 }) else {
            throw StrataError(
                .invalidArgument,
                "a cache's name has 1 to 255 bytes and neither colons nor control characters; '\(name)' doesn't fit")
        }
    }
}
