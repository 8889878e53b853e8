import GRDB
import GRDBSQLite
import StrataCore

/// A prepared statement used through SQLite's own calls, without the arrays and rows that GRDB makes for each use.
///
/// Like the connection it belongs to, it is used by one thread at a time.
final class RawStatement {
    private let statement: Statement
    private let handle: OpaquePointer

    init(_ sql: String, in database: Database) throws {
        statement = try database.makeStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    /// Runs the statement, which answers no rows.
    func run(_ bind: (RawStatement) -> Void = { _ in }) throws {
        defer { sqlite3_reset(handle) }
        bind(self)
        while try step() {}
    }

    /// Runs the statement for each row until the closure answers false.
    func forEachRow(_ bind: (RawStatement) -> Void = { _ in }, do body: (RawStatement) throws -> Bool) throws {
        defer { sqlite3_reset(handle) }
        bind(self)
        while try step() { guard try body(self) else { return } }
    }

    /// The first row; nil when there is none.
    func first<Row>(_ bind: (RawStatement) -> Void = { _ in }, read: (RawStatement) throws -> Row) throws -> Row? {
        defer { sqlite3_reset(handle) }
        bind(self)
        return try step() ? try read(self) : nil
    }

    private func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
        }
    }

    // MARK: Parameters, from 1

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { sqlite3_bind_null(handle, index) }
    }

    func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }

    func bind(_ index: Int32, _ version: Version) { bind(index, Int64(bitPattern: version.rawValue)) }

    /// Binds bytes, or NULL; no bytes are not NULL.
    func bind(_ index: Int32, _ bytes: [UInt8]?) {
        guard let bytes else {
            sqlite3_bind_null(handle, index)
            return
        }
        guard !bytes.isEmpty else {
            sqlite3_bind_zeroblob(handle, index, 0)
            return
        }
        // SQLITE_TRANSIENT, a pointer of -1 that the importer does not bring over: SQLite copies the bytes.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), copies)
    }

    // MARK: Columns, from 0

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func version(_ column: Int32) -> Version { Version(rawValue: UInt64(bitPattern: integer(column))) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// The bytes of a column; nil for NULL.
    func bytes(_ column: Int32) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
