public import StrataCore

/// The rows that a statement answered, all of them in memory.
public struct PostgresRows: Sendable, RandomAccessCollection {
    final class Columns: Sendable {
        let names: [String]
        let types: [UInt32]
        init(names: [String], types: [UInt32]) { (self.names, self.types) = (names, types) }
    }

    let columns: Columns
    let cells: [[[UInt8]?]]
    /// How many rows the statement returned or changed.
    public let affectedRows: Int

    init(_ result: ServerResult) {
        let indices = 0..<result.columnCount
        columns = Columns(
            names: indices.map(result.columnName), types: indices.map(result.columnType))
        cells = (0..<result.rowCount).map { row in indices.map { result.bytes(row, $0) } }
        affectedRows = result.affectedRows
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { cells.count }
    public subscript(position: Int) -> PostgresRow { PostgresRow(columns: columns, cells: cells[position]) }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let columns: PostgresRows.Columns
    let cells: [[UInt8]?]

    /// The names of the columns, in order.
    public var columnNames: [String] { columns.names }

    /// Reads the columns from left to right as the types given, one for each column.
    ///
    /// ```swift
    /// let (id, name) = try row.decode((Int.self, String?.self))
    /// ```
    /// - Throws: `serialization`, naming the column, for a type that does not fit and for another number of columns.
    public func decode<each Value: PostgresDecodable>(
        _ types: (repeat (each Value).Type)
    ) throws(StrataError) -> (repeat each Value) {
        var wanted = 0
        for _ in repeat each types { wanted += 1 }
        guard wanted == cells.count else {
            throw StrataError(
                .serialization,
                "the row has \(cells.count) columns (\(columns.names.joined(separator: ", "))) and \(wanted) were to be read"
            )
        }
        var index = -1
        func next<Next: PostgresDecodable>(_ type: Next.Type) throws(StrataError) -> Next {
            index += 1
            return try Next(decoding: cell(index))
        }
        return (repeat try next(each types))
    }

    /// Reads the column of a name.
    ///
    /// - Throws: `serialization` when there is no such column, or its type does not fit.
    public subscript<Value: PostgresDecodable>(_ name: String, as type: Value.Type) -> Value {
        get throws(StrataError) {
            guard let index = columns.names.firstIndex(of: name) else {
                throw StrataError(
                    .serialization,
                    "the row has no column \"\(name)\", only \(columns.names.joined(separator: ", "))")
            }
            return try Value(decoding: cell(index))
        }
    }

    /// The cell of a column, `0 ..< columnNames.count`; another traps.
    public func cell(_ index: Int) -> PostgresCell {
        PostgresCell(column: columns.names[index], type: columns.types[index], bytes: cells[index])
    }
}
