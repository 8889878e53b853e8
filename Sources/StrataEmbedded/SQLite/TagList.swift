import StrataCore

/// The tags of an entry as the column `tags` holds them: two bytes of length and the text of each; NULL for none.
enum TagList {
    /// The longest tag, in bytes of UTF-8.
    static let maximumTagLength = 255

    static func encoded(_ tags: [Tag]) -> [UInt8]? {
        guard !tags.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for tag in tags {
            let text = Array(tag.name.utf8)
            bytes.appendBigEndian(UInt16(text.count))
            bytes += text
        }
        return bytes
    }

    /// - Throws: `corrupt` when the bytes are no list of tags.
    static func decoded(_ bytes: [UInt8]?) throws(StrataError) -> [Tag] {
        guard let bytes else { return [] }
        let tags: [Tag]? = bytes.withUnsafeBytes { buffer in
            var reader = BigEndianReader(buffer)
            var tags: [Tag] = []
            while !reader.rest.isEmpty {
                guard let length: UInt16 = reader.integer(), let text = reader.bytes(Int(length)) else { return nil }
                tags.append(Tag(String(decoding: text, as: UTF8.self)))
            }
            return tags
        }
        guard let tags else { throw StrataError(.corrupt, "the tags of an entry are damaged; write the entry anew") }
        return tags
    }
}
