#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Serializes values as JSON (RFC 8259) with sorted keys, so that equal values have equal bytes.
public struct JSONSerializer: CacheSerializer {
    public let wireVersion: UInt8 = 1

    public init() {}

    public func encode<Value: Codable & Sendable>(_ value: Value) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    public func decode<Value: Codable & Sendable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
