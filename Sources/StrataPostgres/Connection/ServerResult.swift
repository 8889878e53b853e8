import CLibPQ
import StrataCore

/// A result of libpq, for as long as the function runs that it is passed to.
struct ServerResult {
    let pointer: OpaquePointer

    var rowCount: Int { Int(PQntuples(pointer)) }
    var columnCount: Int { Int(PQnfields(pointer)) }

    /// How many rows a statement changed; 0 for one that changes none.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// What the statement did, such as "COMMIT".
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func columnName(_ column: Int) -> String { PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "" }

    func columnType(_ column: Int) -> UInt32 { PQftype(pointer, Int32(column)) }

    func isNull(_ row: Int, _ column: Int) -> Bool { PQgetisnull(pointer, Int32(row), Int32(column)) != 0 }

    /// The cell's bytes in binary format; empty for NULL.
    func cell(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer {
        let length = Int(PQgetlength(pointer, Int32(row), Int32(column)))
        return UnsafeRawBufferPointer(start: PQgetvalue(pointer, Int32(row), Int32(column)), count: length)
    }

    /// The cell as an integer of the type's width; nil for NULL and for another width.
    func integer<Integer: FixedWidthInteger>(
        _ row: Int, _ column: Int, as type: Integer.Type = Integer.self
    ) -> Integer? {
        let cell = cell(row, column)
        guard !isNull(row, column), cell.count == MemoryLayout<Integer>.size else { return nil }
        return Integer(bigEndian: cell.loadUnaligned(as: Integer.self))
    }

    func bool(_ row: Int, _ column: Int) -> Bool {
        let cell = cell(row, column)
        return cell.count == 1 && cell[0] != 0
    }

    func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        isNull(row, column) ? nil : Array(cell(row, column))
    }

    func text(_ row: Int, _ column: Int) -> String? {
        isNull(row, column) ? nil : String(decoding: cell(row, column), as: UTF8.self)
    }

    /// The numbers of a one-dimensional array of `bigint`; none for NULL.
    func integers(_ row: Int, _ column: Int) -> [Int64] {
        guard !isNull(row, column) else { return [] }
        var reader = BigEndianReader(cell(row, column))
        guard let dimensions: Int32 = reader.integer(), dimensions == 1, reader.bytes(8) != nil,
            let count: Int32 = reader.integer(), reader.bytes(4) != nil
        else { return [] }
        var numbers: [Int64] = []
        for _ in 0..<count {
            guard let length: Int32 = reader.integer(), length == 8, let number: Int64 = reader.integer() else { break }
            numbers.append(number)
        }
        return numbers
    }

    /// The texts of a one-dimensional array; nil for NULL.
    func texts(_ row: Int, _ column: Int) -> [String]? {
        guard !isNull(row, column) else { return nil }
        var reader = BigEndianReader(cell(row, column))
        guard let dimensions: Int32 = reader.integer(), dimensions == 1, reader.bytes(8) != nil,
            let count: Int32 = reader.integer(), reader.bytes(4) != nil
        else { return [] }
        var texts: [String] = []
        for _ in 0..<count {
            guard let length: Int32 = reader.integer(), length >= 0, let text = reader.bytes(Int(length)) else { break }
            texts.append(String(decoding: text, as: UTF8.self))
        }
        return texts
    }

    /// The SQLSTATE of an error; empty when it has none, as errors of libpq itself.
    var sqlState: String { field(Int32(UnicodeScalar("C").value)) ?? "" }

    /// The error's first text. Details are left out: they quote values.
    var message: String {
        field(Int32(UnicodeScalar("M").value)) ?? PQresultErrorMessage(pointer).map { String(cString: $0) } ?? ""
    }

    private func field(_ code: Int32) -> String? { PQresultErrorField(pointer, code).map { String(cString: $0) } }
}
