import StrataCore

/// A mapping of the configuration that is being read into settings.
struct ConfigurationSection: Sendable {
    let path: ConfigurationPath
    let tree: ConfigurationTree

    /// A value and where it was written.
    struct Located<Value> {
        var value: Value
        var origin: ConfigurationOrigin
    }

    /// Reads a member that is a text of the given form; nil when it is not there.
    func value<Value>(_ name: String, _ form: ScalarForm<Value>) throws(StrataError) -> Value? {
        guard let member = tree[name] else { return nil }
        return try form.read(member, at: path.appending(name))
    }

    /// Reads a member that may also be the word `none`: `.some(nil)` for that word, nil when it is not there.
    func valueOrNone<Value>(_ name: String, _ form: ScalarForm<Value>) throws(StrataError) -> Value?? {
        guard let member = tree[name] else { return nil }
        if member.content == .scalar("none") { return .some(nil) }
        return .some(try form.orNone.read(member, at: path.appending(name)))
    }

    /// Reads a member that is a list of texts, one for all its elements; nil when it is not there.
    func values<Value>(_ name: String, _ form: ScalarForm<Value>) throws(StrataError) -> [Value]? {
        guard let elements = try elements(of: name) else { return nil }
        var values: [Value] = []
        for (index, element) in elements.enumerated() {
            values.append(try form.read(element, at: path.appending(name).appending(.index(index))))
        }
        return values
    }

    /// A member that is a list of mappings; nil when it is not there.
    func sections(_ name: String) throws(StrataError) -> [ConfigurationSection]? {
        guard let elements = try elements(of: name) else { return nil }
        var sections: [ConfigurationSection] = []
        for (index, element) in elements.enumerated() {
            let path = path.appending(name).appending(.index(index))
            sections.append(try ConfigurationSection(mapping: element, at: path))
        }
        return sections
    }

    /// A member that is a mapping; nil when it is not there.
    func section(_ name: String) throws(StrataError) -> ConfigurationSection? {
        guard let member = tree[name] else { return nil }
        return try ConfigurationSection(mapping: member, at: path.appending(name))
    }

    /// A member that is a mapping or the word `none`: `.some(nil)` for that word, nil when it is not there.
    func sectionOrNone(_ name: String) throws(StrataError) -> ConfigurationSection?? {
        if tree[name]?.content == .scalar("none") { return .some(nil) }
        guard let member = tree[name] else { return nil }
        return .some(try ConfigurationSection(mapping: member, at: path.appending(name), orNone: true))
    }

    /// An error about a member, or about the whole section when it has no such member.
    func error(_ name: String, _ message: String) -> StrataError {
        let path = path.appending(name)
        return .invalid(path, at: tree[name]?.origin ?? tree.origin, message)
    }

    private func elements(of name: String) throws(StrataError) -> [ConfigurationTree]? {
        guard let member = tree[name] else { return nil }
        guard case .list(let elements) = member.content else {
            throw .invalid(
                path.appending(name), at: member.origin, "expected a list, as in [a, b], found \(member.content.kind)")
        }
        return elements
    }

    init(path: ConfigurationPath, tree: ConfigurationTree) {
        self.path = path
        self.tree = tree
    }

    /// Takes a value that has to be a mapping of known keys.
    init(mapping tree: ConfigurationTree, at path: ConfigurationPath, orNone: Bool = false) throws(StrataError) {
        guard case .mapping(let members) = tree.content else {
            let known = ConfigurationKey.children(of: path.keyName).joined(separator: ", ")
            throw .invalid(
                path, at: tree.origin,
                "expected \(orNone ? "none or " : "")a mapping with the keys \(known), found \(tree.content.kind)")
        }
        for member in members { try ConfigurationKey.requireKnown(member, at: path) }
        self.init(path: path, tree: tree)
    }
}

extension ConfigurationTree.Content {
    /// What the content is, for an error that expected something else. Never the content itself.
    var kind: String {
        switch self {
        case .empty: "nothing"
        case .scalar: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension StrataError {
    /// A configuration error with its place and the path of the key.
    static func invalid(
        _ path: ConfigurationPath, at origin: ConfigurationOrigin, _ message: String
    ) -> StrataError {
        let subject = path.steps.isEmpty ? "" : "\(path): "
        return StrataError(.configuration, "\(origin): \(subject)\(message)")
    }
}
