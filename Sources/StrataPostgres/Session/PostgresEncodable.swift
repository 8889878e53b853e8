#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A value that can be a parameter of a statement.
public protocol PostgresEncodable: Sendable {
    /// Writes the value, once.
    func encode(to writer: inout PostgresParameterWriter)
}

/// Takes in the value of one parameter.
public struct PostgresParameterWriter {
    private(set) var list: ParameterList

    init(_ list: ParameterList) {
        self.list = list
    }

    /// Writes a value in Postgres' binary format.
    ///
    /// - Parameters:
    ///   - type: the object identifier of the type, from `pg_type`; 0 lets the server infer it.
    ///   - bytes: the value as the type's receive function reads it.
    public mutating func write(type: UInt32, bytes: some Sequence<UInt8>) {
        list.append(type) { $0.append(contentsOf: bytes) }
    }

    /// Writes a text whose type the server infers from where the parameter stands, such as an enumeration or a date.
    public mutating func write(text: String) {
        // libpq reads texts to the first NUL; sent as binary text instead, the server refuses the value by name.
        if text.utf8.contains(0) { list.append(text: text) } else { list.append(inferred: text) }
    }
}

extension FixedWidthInteger {
    fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension Bool: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.bool, bytes: [self ? 1 : 0])
    }
}

extension Int16: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.int2, bytes: bigEndianBytes)
    }
}

extension Int32: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.int4, bytes: bigEndianBytes)
    }
}

extension Int64: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.int8, bytes: bigEndianBytes)
    }
}

extension Int: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) { Int64(self).encode(to: &writer) }
}

extension Float: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.float4, bytes: bitPattern.bigEndianBytes)
    }
}

extension Double: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.float8, bytes: bitPattern.bigEndianBytes)
    }
}

extension String: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) { writer.write(text: self) }
}

extension [UInt8]: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.bytea, bytes: self)
    }
}

extension UUID: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        writer.write(type: ParameterList.TypeID.uuid, bytes: withUnsafeBytes(of: uuid) { Array($0) })
    }
}

extension Date: PostgresEncodable {
    public func encode(to writer: inout PostgresParameterWriter) {
        let microseconds = Int64((timeIntervalSince1970 - PostgresEpoch.seconds) * 1_000_000)
        writer.write(type: ParameterList.TypeID.timestamptz, bytes: microseconds.bigEndianBytes)
    }
}

/// Postgres counts time in microseconds from the first of January 2000.
enum PostgresEpoch {
    /// That moment in seconds since 1970.
    static let seconds = 946_684_800.0
}
