/// What a value's bytes are, as `TYPE` names it; stored beside each value so that further types need no migration.
public struct EntryType: RawRepresentable, Hashable, Sendable {
    /// A string of bytes.
    public static let string = EntryType(rawValue: 0)

    /// No value: a loader found nothing, which the levels keep like a value so that other processes don't load again.
    /// Reads answer it as an absence.
    package static let loadedAbsence = EntryType(rawValue: 255)

    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The name that `TYPE` answers.
    public var name: String { self == .string ? "string" : "type-\(rawValue)" }
}
