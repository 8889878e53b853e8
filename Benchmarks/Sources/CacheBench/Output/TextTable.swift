/// A table for people: columns as wide as their widest cell, numbers to the right.
struct TextTable {
    private var rows: [[String]]
    private let leftColumns: Int

    /// - Parameters:
    ///   - header: the columns' names.
    ///   - leftColumns: how many of the first columns hold names rather than numbers.
    init(header: [String], leftColumns: Int) {
        rows = [header]
        self.leftColumns = leftColumns
    }

    mutating func append(_ row: [String]) {
        rows.append(row)
    }

    /// The table's lines.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column < leftColumns ? row[column] + padding : padding + row[column]
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
