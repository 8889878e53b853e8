/// Settings with where they came from.
public struct LoadedConfiguration: Sendable {
    /// A key that the environment or the command line sets.
    public struct Override: Hashable, Sendable {
        /// The key with its indices, such as `store.postgres.shards[0].url`.
        public var key: String
        public var origin: ConfigurationOrigin
    }

    /// A key whose value is another one than before.
    public struct Change: Hashable, Sendable {
        /// The key with its indices.
        public var key: String
        /// Whether a running process applies it; else it needs a restart.
        public var isLive: Bool
    }

    public let settings: Settings
    /// The file; nil: there is none.
    public let file: String?
    /// What wins over the file, in the order in which it was applied.
    public let overrides: [Override]
    let tree: ConfigurationTree

    /// What is different from an earlier state, in the order of the keys' names; keys that came or went are among it.
    public func changes(since earlier: LoadedConfiguration) -> [Change] {
        let before = earlier.texts
        let now = texts
        return Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted().map { path in
            Change(key: path.description, isLive: ConfigurationKey.named(path.keyName)?.isLive ?? false)
        }
    }

    private var texts: [ConfigurationPath: String] {
        Dictionary(tree.scalars().map { ($0.path, $0.text) }) { first, _ in first }
    }
}

/// The texts behind the settings have secrets in them.
extension LoadedConfiguration: CustomStringConvertible, CustomReflectable {
    public var description: String { "configuration of \(file ?? "no file")" }
    public var customMirror: Mirror { Mirror(self, children: ["settings": settings]) }
}
