import StrataCore

/// Turns values into the bytes that level 2 and the store hold, and back.
///
/// What a cache stores is the serializer's wire version, one byte, before the bytes it made. A process that reads another
/// wire version than its own answers a clear error instead of decoding nonsense, so the byte is raised with each change of
/// the encoding that older readers would misread.
public protocol CacheSerializer: Sendable {
    /// Marks the encoding; unique among the serializers that ever wrote to the same cache.
    var wireVersion: UInt8 { get }

    /// The bytes of a value.
    func encode<Value: Codable & Sendable>(_ value: Value) throws -> [UInt8]

    /// The value of bytes.
    func decode<Value: Codable & Sendable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value
}

extension CacheSerializer {
    func stored<Value: Codable & Sendable>(_ value: Value, key: Key) throws(StrataError) -> [UInt8] {
        do {
            return try [wireVersion] + encode(value)
        } catch {
            throw StrataError(.serialization, "the value for key '\(key)' can't be encoded as \(Value.self): \(error)")
        }
    }

    func value<Value: Codable & Sendable>(
        _ type: Value.Type, stored bytes: [UInt8], key: Key
    ) throws(StrataError) -> Value {
        guard let version = bytes.first, version == wireVersion else {
            let found = bytes.first.map { "wire version \($0)" } ?? "no bytes at all"
            throw StrataError(
                .serialization,
                """
                the stored value of key '\(key)' has \(found), this cache reads wire version \(wireVersion); \
                remove the key, or read it with the serializer that wrote it
                """)
        }
        do {
            return try decode(type, from: Array(bytes.dropFirst()))
        } catch {
            throw StrataError(
                .serialization,
                """
                the stored value of key '\(key)' doesn't decode as \(Value.self); \
                remove the key, or make the type accept what older releases wrote
                """)
        }
    }
}
