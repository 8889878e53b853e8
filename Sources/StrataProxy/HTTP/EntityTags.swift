import StrataCore

/// Versions as HTTP writes them, and the conditions made of them (RFC 9110, sections 8.8.3 and 13.1).
enum EntityTags: Hashable {
    /// `*`: any version.
    case any
    /// One of these.
    case versions([Version])

    /// The strong entity tag of a version: `"generation.sequence"`.
    static func tag(of version: Version) -> String { "\"\(version)\"" }

    /// A header's list of tags. A tag that is weak or not ours is left out: it is no version's.
    ///
    /// - Returns: nil when the text is no such list.
    init?(_ header: String) {
        let text = header.filter { $0 != " " && $0 != "\t" }
        if text == "*" {
            self = .any
            return
        }
        var versions: [Version] = []
        for tag in text.split(separator: ",", omittingEmptySubsequences: false) {
            let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
            guard opaque.count >= 2, opaque.hasPrefix("\""), opaque.hasSuffix("\"") else { return nil }
            guard opaque.startIndex == tag.startIndex else { continue }
            if let version = EntityTags.version(opaque.dropFirst().dropLast()) { versions.append(version) }
        }
        self = .versions(versions)
    }

    private static func version(_ text: Substring) -> Version? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let generation = UInt64(parts[0]), let sequence = UInt64(parts[1]),
            generation <= Version.maximumGeneration, sequence < 1 << Version.sequenceBits
        else { return nil }
        return Version(generation: generation, sequence: sequence)
    }

    /// Whether an entry that holds a value has one of the versions.
    func matches(_ version: Version) -> Bool {
        switch self {
        case .any: true
        case .versions(let versions): versions.contains(version)
        }
    }
}
