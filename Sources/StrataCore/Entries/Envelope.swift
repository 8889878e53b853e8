/// The bytes an entry has in level 2: version, identity, deadline, lease and tags before the value.
///
/// ```
/// offset 0   format, 1
///        1   flags: 1 value, 2 deadline, 4 lease, 8 tags
///        2   entry type
///        3   0
///        4   version             8 bytes
///        12  cluster fingerprint 8 bytes
///        20  deadline            8 bytes, milliseconds since 1970 on level 2's clock, when flagged
///            lease               8 bytes, when flagged
///            tags                2 bytes of count, then 2 bytes of length and the text of each, when flagged
///            value               the rest
/// ```
/// Integers are big-endian. Version and fingerprint stand at fixed offsets so that a script inside Redis can compare them
/// without reading the rest.
public struct Envelope: Hashable, Sendable {
    /// The format this code writes, and the only one it reads.
    public static let format: UInt8 = 1
    /// Where the version stands.
    public static let versionOffset = 4
    /// Bytes before the optional fields.
    public static let headerLength = 20

    /// The entry; its `remaining` is not part of the envelope, `deadline` is.
    public var entry: Entry
    /// The fingerprint of the cluster that wrote it.
    public var cluster: UInt64
    /// When the content expires, in milliseconds since 1970 on level 2's clock.
    public var deadline: Int64?
    /// The token of the caller that may fill this key.
    public var lease: UInt64?

    public init(entry: Entry, cluster: UInt64, deadline: Int64? = nil, lease: UInt64? = nil) {
        self.entry = entry
        self.cluster = cluster
        self.deadline = deadline
        self.lease = lease
    }
}

extension Envelope {
    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let value = Flags(rawValue: 1)
        static let deadline = Flags(rawValue: 2)
        static let lease = Flags(rawValue: 4)
        static let tags = Flags(rawValue: 8)
        static let known: Flags = [.value, .deadline, .lease, .tags]
    }

    /// The envelope's bytes. Complexity: O(length of the value and the tags).
    public func encoded() -> [UInt8] {
        var flags: Flags = []
        var type = EntryType.string
        var value: [UInt8] = []
        if case .value(let bytes, let valueType) = entry.content {
            flags.insert(.value)
            (value, type) = (bytes, valueType)
        }
        if deadline != nil { flags.insert(.deadline) }
        if lease != nil { flags.insert(.lease) }
        if !entry.tags.isEmpty { flags.insert(.tags) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(Envelope.headerLength + 16 + value.count)
        bytes += [Envelope.format, flags.rawValue, type.rawValue, 0]
        bytes.appendBigEndian(entry.version.rawValue)
        bytes.appendBigEndian(cluster)
        if let deadline { bytes.appendBigEndian(UInt64(bitPattern: deadline)) }
        if let lease { bytes.appendBigEndian(lease) }
        if flags.contains(.tags) {
            bytes.appendBigEndian(UInt16(clamping: entry.tags.count))
            for tag in entry.tags.prefix(Int(UInt16.max)) {
                let text = Array(tag.name.utf8.prefix(Int(UInt16.max)))
                bytes.appendBigEndian(UInt16(text.count))
                bytes += text
            }
        }
        bytes += value
        return bytes
    }

    /// Reads an envelope.
    ///
    /// - Throws: `corrupt` when the bytes are none, which is what a foreign writer under the same key leaves.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(StrataError) {
        var reader = BigEndianReader(bytes)
        guard let format: UInt8 = reader.integer(), format == Envelope.format,
            let rawFlags: UInt8 = reader.integer(), let type: UInt8 = reader.integer(),
            let reserved: UInt8 = reader.integer(), reserved == 0,
            let version: UInt64 = reader.integer(), let cluster: UInt64 = reader.integer()
        else { throw Envelope.corrupt(bytes, "its header is not one") }
        let flags = Flags(rawValue: rawFlags)
        guard flags.isSubset(of: .known) else { throw Envelope.corrupt(bytes, "it has unknown flags \(rawFlags)") }

        var deadline: Int64?
        if flags.contains(.deadline) {
            guard let milliseconds: UInt64 = reader.integer() else { throw Envelope.corrupt(bytes, "it is cut short") }
            deadline = Int64(bitPattern: milliseconds)
        }
        var lease: UInt64?
        if flags.contains(.lease) {
            guard let token: UInt64 = reader.integer() else { throw Envelope.corrupt(bytes, "it is cut short") }
            lease = token
        }
        var tags: [Tag] = []
        if flags.contains(.tags) {
            guard let count: UInt16 = reader.integer() else { throw Envelope.corrupt(bytes, "it is cut short") }
            for _ in 0..<count {
                guard let length: UInt16 = reader.integer(), let text = reader.bytes(Int(length)) else {
                    throw Envelope.corrupt(bytes, "its tags are cut short")
                }
                tags.append(Tag(String(decoding: text, as: UTF8.self)))
            }
        }
        let content: Entry.Content =
            flags.contains(.value)
            ? .value([UInt8](UnsafeRawBufferPointer(rebasing: reader.rest)), EntryType(rawValue: type)) : .absent
        self.init(
            entry: Entry(version: Version(rawValue: version), content: content, tags: tags), cluster: cluster,
            deadline: deadline, lease: lease)
    }

    private static func corrupt(_ bytes: UnsafeRawBufferPointer, _ reason: String) -> StrataError {
        StrataError(
            .corrupt,
            "\(bytes.count) bytes in level 2 are no envelope: \(reason); something else writes under this prefix")
    }
}
