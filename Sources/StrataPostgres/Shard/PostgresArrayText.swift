import StrataCore

/// Arrays of texts as Postgres writes them, for arrays of arrays of different lengths, which it has no binary form for.
///
/// Source: PostgreSQL documentation, 8.15.6 "Array Input and Output Syntax".
enum PostgresArrayText {
    /// The literal of tags; nil, which means none, for an empty array.
    static func literal(_ tags: [Tag]) -> String? {
        guard !tags.isEmpty else { return nil }
        var text = "{"
        for (index, tag) in tags.enumerated() {
            text += index == 0 ? "\"" : ",\""
            for character in tag.name.unicodeScalars {
                if character == "\"" || character == "\\" { text += "\\" }
                text.unicodeScalars.append(character)
            }
            text += "\""
        }
        return text + "}"
    }
}
