import StrataCore

/// The parameters of a statement in the form libpq takes them: one buffer and where in it each one lies.
struct ParameterList: Sendable {
    /// Object identifiers of built-in types. Source: PostgreSQL's pg_type.dat.
    enum TypeID {
        static let unknown: UInt32 = 0
        static let bool: UInt32 = 16
        static let bytea: UInt32 = 17
        static let int8: UInt32 = 20
        static let int2: UInt32 = 21
        static let int4: UInt32 = 23
        static let text: UInt32 = 25
        static let float4: UInt32 = 700
        static let float8: UInt32 = 701
        static let timestamptz: UInt32 = 1184
        static let uuid: UInt32 = 2950
        static let byteaArray: UInt32 = 1001
        static let int2Array: UInt32 = 1005
        static let int4Array: UInt32 = 1007
        static let textArray: UInt32 = 1009
        static let int8Array: UInt32 = 1016
    }

    private(set) var storage: [UInt8] = []
    private(set) var offsets: [Int] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    private(set) var types: [UInt32] = []

    static let nullOffset = -1

    var count: Int { offsets.count }
    /// How many bytes go to the server.
    var byteCount: Int { storage.count }

    mutating func appendNull(_ type: UInt32 = TypeID.unknown) {
        offsets.append(ParameterList.nullOffset)
        lengths.append(0)
        formats.append(1)
        types.append(type)
    }

    /// Appends a parameter in binary format, whose bytes the closure appends.
    mutating func append(_ type: UInt32, _ body: (inout [UInt8]) -> Void) {
        let start = storage.count
        body(&storage)
        offsets.append(start)
        lengths.append(Int32(storage.count - start))
        formats.append(1)
        types.append(type)
    }

    mutating func append(_ number: Int64) { append(TypeID.int8) { $0.appendBigEndian(number) } }
    mutating func append(_ number: Int32) { append(TypeID.int4) { $0.appendBigEndian(number) } }
    mutating func append(_ flag: Bool) { append(TypeID.bool) { $0.append(flag ? 1 : 0) } }
    mutating func append(_ bytes: [UInt8]) { append(TypeID.bytea) { $0 += bytes } }
    mutating func append(text: String) { append(TypeID.text) { $0 += Array(text.utf8) } }

    /// Appends a text whose type the server infers from where it stands. It must not contain a NUL.
    mutating func append(inferred text: String) {
        let start = storage.count
        storage += Array(text.utf8)
        storage.append(0)
        offsets.append(start)
        lengths.append(Int32(storage.count - start - 1))
        formats.append(0)
        types.append(TypeID.unknown)
    }

    /// Appends an array of one dimension, in the form of `array_recv`; the closure appends an element or answers false for
    /// NULL.
    mutating func append<Elements: Collection>(
        array type: UInt32, of elementType: UInt32, _ elements: Elements,
        _ body: (Elements.Element, inout [UInt8]) -> Bool
    ) {
        append(type) { storage in
            storage.appendBigEndian(Int32(elements.isEmpty ? 0 : 1))
            storage.appendBigEndian(Int32(1))
            storage.appendBigEndian(elementType)
            if elements.isEmpty { return }
            storage.appendBigEndian(Int32(elements.count))
            storage.appendBigEndian(Int32(1))
            for element in elements {
                let start = storage.count
                storage.appendBigEndian(Int32(-1))
                guard body(element, &storage) else { continue }
                let length = Int32(storage.count - start - 4)
                withUnsafeBytes(of: length.bigEndian) { storage.replaceSubrange(start..<(start + 4), with: $0) }
            }
        }
    }

    /// Appends an array whose elements the closure writes, each with its length before it.
    mutating func append(
        array type: UInt32, of elementType: UInt32, count: Int, _ body: (inout [UInt8]) -> Void
    ) {
        append(type) { storage in
            storage.appendBigEndian(Int32(count == 0 ? 0 : 1))
            storage.appendBigEndian(Int32(0))
            storage.appendBigEndian(elementType)
            if count == 0 { return }
            storage.appendBigEndian(Int32(count))
            storage.appendBigEndian(Int32(1))
            body(&storage)
        }
    }

    /// Makes room for so many bytes more.
    mutating func reserve(_ bytes: Int) { storage.reserveCapacity(storage.count + bytes) }

    mutating func append(_ arrays: some Collection<[UInt8]?>) {
        append(array: TypeID.byteaArray, of: TypeID.bytea, arrays) { bytes, storage in
            guard let bytes else { return false }
            storage += bytes
            return true
        }
    }

    mutating func append(texts: some Collection<String?>) {
        append(array: TypeID.textArray, of: TypeID.text, texts) { text, storage in
            guard let text else { return false }
            storage += Array(text.utf8)
            return true
        }
    }

    mutating func append(numbers: some Collection<Int64>) {
        append(array: TypeID.int8Array, of: TypeID.int8, numbers) { number, storage in
            storage.appendBigEndian(number)
            return true
        }
    }

    mutating func append(numbers: some Collection<Int32>) {
        append(array: TypeID.int4Array, of: TypeID.int4, numbers) { number, storage in
            storage.appendBigEndian(number)
            return true
        }
    }

    /// Calls the closure with pointers that libpq takes, valid during the call.
    func withPointers<Result>(
        _ body: (
            _ values: UnsafePointer<UnsafePointer<CChar>?>, _ lengths: UnsafePointer<Int32>,
            _ formats: UnsafePointer<Int32>
        ) -> Result
    ) -> Result {
        // Zero bytes at an address are an empty value; no address at all would be NULL.
        let empty: [UInt8] = [0]
        return (storage.isEmpty ? empty : storage).withUnsafeBufferPointer { storage in
            let base = UnsafeRawPointer(storage.baseAddress!).assumingMemoryBound(to: CChar.self)
            let values = offsets.map { $0 == ParameterList.nullOffset ? nil : base + $0 as UnsafePointer<CChar>? }
            // Arrays without elements have no address to pass.
            return (values + [nil]).withUnsafeBufferPointer { values in
                (lengths + [0]).withUnsafeBufferPointer { lengths in
                    (formats + [0]).withUnsafeBufferPointer { formats in
                        body(values.baseAddress!, lengths.baseAddress!, formats.baseAddress!)
                    }
                }
            }
        }
    }
}
