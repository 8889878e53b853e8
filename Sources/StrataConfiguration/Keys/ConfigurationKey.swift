/// A key that the configuration file may have, and that the environment may set.
///
/// The list of all keys is what unknown ones are compared with, what environment variables are matched with, and what the
/// table in the README is checked against.
public struct ConfigurationKey: Hashable, Sendable {
    /// The name from the root, such as `store.postgres.shards[].url`; `[]` stands for a number in a list.
    public let name: String
    /// What holds when the key is not there, as the configuration would write it.
    public let fallback: String
    /// What the key is for, in one line.
    public let summary: String
    /// Whether the value may have credentials in it, and so is never shown.
    public let isSecret: Bool
    /// Whether a reload applies a new value; others need a restart.
    public let isLive: Bool

    init(_ name: String, _ fallback: String, _ summary: String, isSecret: Bool = false, isLive: Bool = false) {
        self.name = name
        self.fallback = fallback
        self.summary = summary
        self.isSecret = isSecret
        self.isLive = isLive
    }

    /// The names from the root to the key, each list followed by `[]`.
    var steps: [String] {
        name.split(separator: ".").flatMap { part in
            part.hasSuffix("[]") ? [String(part.dropLast(2)), "[]"] : [String(part)]
        }
    }

    /// The environment variable of the key, with `N` for the number in a list: `STRATA_STORE_POSTGRES_SHARDS_N_URL`.
    public var environmentVariable: String {
        let parts = steps.map { $0 == "[]" ? "N" : $0.uppercased().replacing("-", with: "_") }
        return ([ConfigurationKey.environmentPrefix] + parts).joined(separator: "_")
    }

    /// What every environment variable of the configuration starts with, before an underscore.
    static let environmentPrefix = "STRATA"

    /// The key of a name; nil when there is none.
    static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

    /// The names a mapping may have, by the name of the mapping; in the order of the list.
    static func children(of parent: String) -> [String] {
        let parentSteps = parent.isEmpty ? [] : ConfigurationKey(parent, "", "").steps
        var names: [String] = []
        for key in all {
            let steps = key.steps
            guard steps.count > parentSteps.count, steps.starts(with: parentSteps) else { continue }
            let name = steps[parentSteps.count]
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}
