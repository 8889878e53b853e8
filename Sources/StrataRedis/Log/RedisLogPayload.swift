import StrataCore

/// The events of one entry of the log, in bytes.
///
/// ```
/// format, 1
/// then per event:  1, length of the key (2 bytes), key, version (8 bytes)
///                  2, length of the tag (2 bytes), tag
///                  3
/// ```
/// Integers are big-endian. What is read is not trusted: the bytes may come from anybody who can write to Redis.
enum RedisLogPayload {
    private static let format: UInt8 = 1
    /// The most bytes one entry is given; more events go into further entries.
    static let writtenBytes = 256 << 10
    /// The most bytes an entry is read of.
    static let readBytes = 1 << 20

    /// The payload without events.
    static var empty: [UInt8] { [format] }

    /// The events as payloads of bounded size, in order.
    static func encoded(_ events: [InvalidationEvent]) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var payload = [format]
        for event in events {
            if payload.count >= writtenBytes {
                payloads.append(payload)
                payload = [format]
            }
            switch event {
            case .key(let key, let version):
                payload.append(1)
                payload.appendBigEndian(UInt16(clamping: key.bytes.count))
                payload += key.bytes.prefix(Int(UInt16.max))
                payload.appendBigEndian(version.rawValue)
            case .tag(let tag):
                let text = Array(tag.name.utf8.prefix(Int(UInt16.max)))
                payload.append(2)
                payload.appendBigEndian(UInt16(text.count))
                payload += text
            case .everything:
                payload.append(3)
            }
        }
        if payload.count > 1 { payloads.append(payload) }
        return payloads
    }

    /// The events of a payload; nil when it is none, in which case an event may be lost with it.
    static func events(in payload: [UInt8]) -> [InvalidationEvent]? {
        guard payload.count <= readBytes else { return nil }
        return payload.withUnsafeBytes { bytes in
            var reader = BigEndianReader(bytes)
            guard let first: UInt8 = reader.integer(), first == format else { return nil }
            var events: [InvalidationEvent] = []
            while !reader.rest.isEmpty {
                guard let event = event(&reader) else { return nil }
                events.append(event)
            }
            return events
        }
    }

    private static func event(_ reader: inout BigEndianReader) -> InvalidationEvent? {
        guard let kind: UInt8 = reader.integer() else { return nil }
        switch kind {
        case 1:
            guard let length: UInt16 = reader.integer(), let key = reader.bytes(Int(length)),
                let version: UInt64 = reader.integer()
            else { return nil }
            return .key(Key(key), below: Version(rawValue: version))
        case 2:
            guard let length: UInt16 = reader.integer(), let text = reader.bytes(Int(length)) else { return nil }
            return .tag(Tag(String(decoding: text, as: UTF8.self)))
        case 3: return .everything
        default: return nil
        }
    }
}
