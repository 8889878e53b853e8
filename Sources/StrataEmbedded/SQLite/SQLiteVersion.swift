import GRDBSQLite

/// The SQLite library in use.
package enum SQLiteVersion {
    /// Its version, such as `3.40.1`.
    package static var text: String { String(cString: sqlite3_libversion()) }
}
