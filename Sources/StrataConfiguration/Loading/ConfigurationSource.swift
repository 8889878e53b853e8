import Foundation
public import StrataCore

/// What the configuration is made of: a file, the environment over it, the command line's options over both.
public struct ConfigurationSource: Sendable {
    /// An option on the command line that sets a key.
    public struct Flag: Hashable, Sendable {
        /// As the user writes it, dashes included.
        public var name: String
        /// The key it sets, such as `listen.resp`; one without a list.
        public var key: String
        public var value: String

        public init(name: String, key: String, value: String) {
            self.name = name
            self.key = key
            self.value = value
        }
    }

    /// The file; nil: there is none.
    public var file: String?
    /// The environment; variables that do not start with `STRATA_` are left alone.
    public var environment: [String: String]
    public var flags: [Flag]

    /// - Parameter environment: nil for the process's own, as it is now.
    public init(
        file: String? = nil, environment: [String: String]? = nil, flags: [Flag] = []
    ) {
        self.file = file
        self.environment = environment ?? ProcessInfo.processInfo.environment
        self.flags = flags
    }

    /// Reads the file and everything over it.
    ///
    /// - Throws: `configuration` naming the file with line and column, the variable or the option, the key, and what to do.
    public func load() throws(StrataError) -> LoadedConfiguration {
        guard let file else { return try load(yaml: "", file: "") }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            let reason =
                (error as? CocoaError)?.code == .fileReadNoSuchFile ? "there is no such file" : "it can't be read"
            throw StrataError(.configuration, "\(file): \(reason); check the path and its permissions")
        }
        guard data.count <= ConfigurationTree.maximumFileBytes else {
            throw StrataError(.configuration, "\(file): larger than 1 MiB, which is no configuration")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw StrataError(.configuration, "\(file): not UTF-8; save it as UTF-8 text")
        }
        return try load(yaml: text, file: file)
    }

    /// The same with the file's text given.
    func load(yaml: String, file: String) throws(StrataError) -> LoadedConfiguration {
        var tree = try ConfigurationTree(yaml: yaml, file: file)
        // Keys of the file are judged before overrides, so that what an override replaces is checked as well.
        _ = try ConfigurationSection(mapping: tree, at: .root)
        var overrides: [LoadedConfiguration.Override] = []
        for (path, name) in try variables() {
            try tree.override(path, with: environment[name] ?? "", from: .environment(name))
            overrides.append(.init(key: path.description, origin: .environment(name)))
        }
        for flag in flags {
            let path = ConfigurationPath(steps: flag.key.split(separator: ".").map { .key(String($0)) })
            try tree.override(path, with: flag.value, from: .flag(flag.name))
            overrides.append(.init(key: path.description, origin: .flag(flag.name)))
        }
        return LoadedConfiguration(settings: try Settings(tree), file: self.file, overrides: overrides, tree: tree)
    }

    /// The variables of the configuration with what they set: sections before what is in them, lists in their order.
    private func variables() throws(StrataError) -> [(path: ConfigurationPath, name: String)] {
        var variables: [(path: ConfigurationPath, name: String)] = []
        for name in environment.keys.sorted() where isOurs(name) {
            guard let path = ConfigurationKey.path(ofVariable: name) else {
                throw StrataError(
                    .configuration,
                    "\(name): no key has this environment variable; did you mean"
                        + " \(ConfigurationKey.nearestVariable(to: name))? Unset or rename it")
            }
            variables.append((path, name))
        }
        return variables.sorted { $0.path < $1.path }
    }

    /// Variables of the build and the tests, which a proxy that they start inherits.
    private static let foreignVariables: Set<String> = [
        "STRATA_WARNINGS_AS_ERRORS", "STRATA_REDIS_SERVER", "STRATA_POSTGRES_BIN",
    ]

    /// Whether a variable is meant for the configuration.
    private func isOurs(_ name: String) -> Bool {
        name.hasPrefix("\(ConfigurationKey.environmentPrefix)_") && !Self.foreignVariables.contains(name)
            && !name.hasPrefix("STRATA_TEST_")
    }
}

/// Services that hold a source end up in debug logs, and the environment has more secrets than ours.
extension ConfigurationSource: CustomStringConvertible, CustomReflectable {
    public var description: String { "configuration of \(file ?? "no file")" }
    public var customMirror: Mirror { Mirror(self, children: ["file": file as Any]) }
}
