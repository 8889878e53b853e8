/// What libpq says about a connection, in its verbose form: `FATAL:  53300: sorry, too many clients already`.
///
/// The words before the SQLSTATE are in the server's language; the lines about places in the server's source are left out.
struct ConnectionRefusal {
    /// The first SQLSTATE in the text; nil when it comes from libpq itself.
    let sqlState: String?
    /// The text without SQLSTATEs and places.
    let text: String

    init(_ verbose: String) {
        var state: String?
        var lines: [Substring] = []
        for line in verbose.split(whereSeparator: \.isNewline) {
            guard let found = ConnectionRefusal.code(in: line) else {
                // A place is the one line with a file of the server and its number.
                let isPlace = state != nil && line.contains(".c:")
                if !isPlace { lines.append(line) }
                continue
            }
            state = state ?? String(line[found])
            lines.append(line[..<found.lowerBound] + line[found.upperBound...].dropFirst(2))
        }
        sqlState = state
        text = lines.joined(separator: "\n")
    }

    /// Where five capitals and digits stand between two spaces and a colon.
    private static func code(in line: Substring) -> Range<Substring.Index>? {
        var rest = line
        while let gap = rest.firstRange(of: ":  ") {
            let start = gap.upperBound
            let code = line[start...].prefix(5)
            let after = line[code.endIndex...]
            let isCode = code.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
            if code.utf8.count == 5, isCode, after.hasPrefix(": ") { return start..<code.endIndex }
            rest = line[start...]
        }
        return nil
    }
}
