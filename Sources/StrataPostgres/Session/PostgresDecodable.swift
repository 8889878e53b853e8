public import StrataCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A value that a column can be read as.
public protocol PostgresDecodable: Sendable {
    /// Reads the value of a cell.
    ///
    /// - Throws: `serialization` when the column holds another type, or NULL for a type that has no place for it.
    init(decoding cell: PostgresCell) throws(StrataError)
}

/// One value of a row, in Postgres' binary format.
public struct PostgresCell: Sendable {
    /// The column's name.
    public let column: String
    /// The object identifier of the column's type, from `pg_type`.
    public let type: UInt32
    /// The bytes; nil for NULL.
    public let bytes: [UInt8]?

    /// The bytes, which have to be there, of a type that is one of those given.
    ///
    /// - Parameters:
    ///   - types: the object identifiers that can be read.
    ///   - name: what the reader wanted, for the error.
    public func bytes(of types: [UInt32], for name: String) throws(StrataError) -> [UInt8] {
        guard let bytes else { throw mismatch(name, found: "NULL; read it as \(name)?") }
        guard types.contains(type) else { throw mismatch(name, found: "\(PostgresTypeName.name(of: type))") }
        return bytes
    }

    /// The error for a cell that can't be read as the type named.
    public func mismatch(_ expected: String, found: String) -> StrataError {
        StrataError(.serialization, "column \"\(column)\" was to be read as \(expected) and is \(found)")
    }

    fileprivate func integer<Integer: FixedWidthInteger>(as type: Integer.Type) throws(StrataError) -> Integer {
        typealias ID = ParameterList.TypeID
        let bytes = try bytes(of: [ID.int2, ID.int4, ID.int8, PostgresTypeName.oid], for: "\(Integer.self)")
        // Sign-extended from the width of the column, which need not be the reader's.
        var value: Int64 = (bytes.first ?? 0) & 0x80 != 0 && self.type != PostgresTypeName.oid ? -1 : 0
        for byte in bytes { value = value << 8 | Int64(byte) }
        guard let exact = Integer(exactly: value) else {
            throw mismatch("\(Integer.self)", found: "\(PostgresTypeName.name(of: self.type)) with a value beyond it")
        }
        return exact
    }
}

/// The names of types, for errors.
enum PostgresTypeName {
    static let oid: UInt32 = 26
    static let texts: [UInt32] = [18, 19, 25, 114, 142, 705, 1042, 1043]
    static let jsonb: UInt32 = 3802
    static let timestamp: UInt32 = 1114
    static let date: UInt32 = 1082

    private static let names: [UInt32: String] = [
        16: "boolean", 17: "bytea", 18: "\"char\"", 19: "name", 20: "bigint", 21: "smallint", 23: "integer",
        25: "text", 26: "oid", 114: "json", 142: "xml", 700: "real", 701: "double precision", 1042: "character",
        1043: "character varying", 1082: "date", 1083: "time", 1114: "timestamp without time zone",
        1184: "timestamp with time zone", 1186: "interval", 1700: "numeric", 2950: "uuid", 3802: "jsonb",
    ]

    static func name(of type: UInt32) -> String {
        names[type] ?? "a type with the object identifier \(type); cast it in the statement, as in column::text"
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        self = cell.bytes == nil ? nil : try Wrapped(decoding: cell)
    }
}

extension Bool: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        self = try cell.bytes(of: [ParameterList.TypeID.bool], for: "Bool").first == 1
    }
}

extension Int16: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) { self = try cell.integer(as: Int16.self) }
}

extension Int32: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) { self = try cell.integer(as: Int32.self) }
}

extension Int64: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) { self = try cell.integer(as: Int64.self) }
}

extension Int: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) { self = try cell.integer(as: Int.self) }
}

extension Float: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        let bytes = try cell.bytes(of: [ParameterList.TypeID.float4], for: "Float")
        self = Float(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    }
}

extension Double: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        let bytes = try cell.bytes(of: [ParameterList.TypeID.float4, ParameterList.TypeID.float8], for: "Double")
        self =
            bytes.count == 4
            ? Double(Float(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) }))
            : Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

extension String: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        let bytes = try cell.bytes(of: PostgresTypeName.texts + [PostgresTypeName.jsonb], for: "String")
        // jsonb has a byte with the version of its format before the text.
        let text = cell.type == PostgresTypeName.jsonb ? bytes.dropFirst() : bytes[...]
        self.init(decoding: text, as: UTF8.self)
    }
}

extension [UInt8]: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        self = try cell.bytes(of: [ParameterList.TypeID.bytea], for: "[UInt8]")
    }
}

extension UUID: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        let bytes = try cell.bytes(of: [ParameterList.TypeID.uuid], for: "UUID")
        guard bytes.count == 16 else { throw cell.mismatch("UUID", found: "\(bytes.count) bytes") }
        self = withUnsafeTemporaryAllocation(of: uuid_t.self, capacity: 1) { buffer in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            return UUID(uuid: buffer[0])
        }
    }
}

extension Date: PostgresDecodable {
    public init(decoding cell: PostgresCell) throws(StrataError) {
        let types = [ParameterList.TypeID.timestamptz, PostgresTypeName.timestamp, PostgresTypeName.date]
        let bytes = try cell.bytes(of: types, for: "Date")
        var value: Int64 = (bytes.first ?? 0) & 0x80 != 0 ? -1 : 0
        for byte in bytes { value = value << 8 | Int64(byte) }
        let seconds = cell.type == PostgresTypeName.date ? Double(value) * 86_400 : Double(value) / 1_000_000
        self.init(timeIntervalSince1970: seconds + PostgresEpoch.seconds)
    }
}
