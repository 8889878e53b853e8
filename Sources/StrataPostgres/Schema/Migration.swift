/// One numbered change of the schema. Once released it is never altered: the next change is the next number.
struct Migration: Sendable {
    let number: Int
    let name: String
    /// Run one after the other in one transaction.
    let statements: [String]

    /// A fingerprint of the statements: FNV-1a of 64 bits, as Postgres' signed `bigint`.
    var checksum: Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for statement in statements {
            for byte in statement.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return Int64(bitPattern: hash)
    }

    /// Every migration this code knows, in order, from number 1 without gaps.
    static let all: [Migration] = [
        Migration(
            number: 1, name: "entries with versions, ownership, changes, tags and the catalog",
            statements: tables + locking + reading + putting + numbers + applying + maintenance),
        Migration(number: 2, name: "heartbeats for reads of replicas", statements: heartbeats),
        Migration(number: 3, name: "reads that look up the ownership of all slots at once", statements: fasterReading),
    ]
}
