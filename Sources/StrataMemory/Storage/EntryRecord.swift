#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What is known of one entry but its content: 48 bytes, keys of up to 16 bytes included.
struct EntryRecord {
    /// The longest key that needs no allocation of its own, in bytes.
    static let inlineKeyLength = 16

    /// The key's bytes, or the address of a longer key's. The first field: its address is the record's.
    private var keyWords: (UInt64, UInt64) = (0, 0)
    /// The packed version.
    var version: UInt64 = 0
    /// Nanoseconds of the deadline; the highest number when there is none.
    var deadline: UInt64 = .max
    private(set) var keyLength: UInt32 = 0
    /// Bytes charged for the entry; 0 in a vacant cell.
    var charge: Int32 = 0
    /// The first of the entry's tag memberships; -1 when it has none.
    var tags: Int32 = -1
    /// The domain of the freshness gate.
    var domain: UInt16 = 0
    private var slotAndKind: UInt16 = 0

    /// A cell without an entry.
    static let vacant = EntryRecord()

    private init() {}

    /// A record with a copy of the key, which `freeKey` gives back.
    init(key: UnsafeRawBufferPointer, slot: UInt16, charge: Int32) {
        self.charge = charge
        keyLength = UInt32(key.count)
        slotAndKind = slot
        if key.count <= EntryRecord.inlineKeyLength {
            withUnsafeMutableBytes(of: &keyWords) { $0.copyMemory(from: key) }
        } else {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: key.count, alignment: 1)
            copy.copyMemory(from: key)
            keyWords.0 = UInt64(UInt(bitPattern: copy.baseAddress))
        }
    }

    var isVacant: Bool { charge == 0 }

    /// The number of the key's slot.
    var slot: Int { Int(slotAndKind & 0x3FFF) }

    /// Whether the content is a value rather than an absence.
    var holdsValue: Bool {
        get { slotAndKind & 0x8000 != 0 }
        set { slotAndKind = newValue ? slotAndKind | 0x8000 : slotAndKind & 0x7FFF }
    }

    private var longKey: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: UInt(keyWords.0)) }

    /// Gives back the memory of a longer key.
    mutating func freeKey() {
        if keyLength > EntryRecord.inlineKeyLength { longKey?.deallocate() }
        keyLength = 0
    }

    /// The key's bytes, valid until `freeKey`.
    static func key(at record: UnsafeMutablePointer<EntryRecord>) -> UnsafeRawBufferPointer {
        let length = Int(record.pointee.keyLength)
        let start =
            length <= inlineKeyLength ? UnsafeRawPointer(record) : record.pointee.longKey.map { UnsafeRawPointer($0) }
        return UnsafeRawBufferPointer(start: start, count: length)
    }

    /// Whether the record is about this key.
    @inline(__always)
    static func matches(_ record: UnsafeMutablePointer<EntryRecord>, _ key: UnsafeRawBufferPointer) -> Bool {
        guard Int(record.pointee.keyLength) == key.count else { return false }
        guard key.count > 0, let left = EntryRecord.key(at: record).baseAddress, let right = key.baseAddress else {
            return key.count == 0
        }
        return memcmp(left, right, key.count) == 0
    }
}
