/// The statements of the store that each connection prepares once.
enum StoreStatement: Int, CaseIterable, Sendable {
    case read
    case put
    case apply
    case scan
    case invalidateTag
    case health
    case readReplica
    case beat

    var sql: String {
        switch self {
        case .read: "SELECT * FROM strata.read_entries($1, $2, $3)"
        case .put: "SELECT * FROM strata.put($1, $2, $3, $4, $5, $6, $7, $8)"
        case .apply: "SELECT * FROM strata.apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        case .scan: "SELECT * FROM strata.scan($1, $2)"
        case .invalidateTag: "SELECT strata.invalidate_tag($1)"
        case .health: "SELECT pg_is_in_recovery()"
        // In one snapshot, because a function that is stable has that of its query.
        case .readReplica:
            """
            SELECT h.marks, r.owned, r.version, r.type, r.value, r.remaining, r.tags
            FROM strata.read($1, $2, $3) WITH ORDINALITY AS
                r(owned, version, type, value, remaining, tags, number)
            CROSS JOIN strata.heartbeat AS h ORDER BY r.number
            """
        case .beat: "SELECT strata.beat($1, $2)"
        }
    }

    /// The types of the parameters.
    var types: [UInt32] { StoreStatement.allTypes[rawValue] }

    private static let allTypes: [[UInt32]] = allCases.map { statement in
        typealias ID = ParameterList.TypeID
        return switch statement {
        case .read, .readReplica: [ID.int8, ID.byteaArray, ID.int4Array]
        case .put:
            [
                ID.int8, ID.bool, ID.byteaArray, ID.int8Array, ID.byteaArray, ID.int2Array, ID.textArray,
                ID.int8Array,
            ]
        case .apply:
            [
                ID.int8, ID.bool, ID.int4, ID.byteaArray, ID.int8Array, ID.int4Array, ID.byteaArray, ID.textArray,
                ID.int8Array, ID.int8Array,
            ]
        case .scan: [ID.int8, ID.int4]
        case .invalidateTag: [ID.text]
        case .health: []
        case .beat: [ID.int8, ID.int8]
        }
    }

    /// The name it has on the server: made of its text, so that behind a pooler the name never means another text.
    var name: String { StoreStatement.allNames[rawValue] }

    private static let allNames: [String] = allCases.map { statement in
        let fingerprint = Migration(number: 0, name: "", statements: [statement.sql]).checksum
        return "strata_\(statement)_" + String(UInt64(bitPattern: fingerprint), radix: 16)
    }
}
