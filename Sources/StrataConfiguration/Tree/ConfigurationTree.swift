import StrataCore

/// A configuration before it is understood: texts, lists and mappings, each with where it was written.
struct ConfigurationTree: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        /// A key without a value.
        case empty
        case scalar(String)
        case list([ConfigurationTree])
        /// Members in the order in which they were written.
        case mapping([Member])
    }

    struct Member: Hashable, Sendable {
        var name: String
        /// Where the name was written; its value may be elsewhere, when an override replaced it.
        var origin: ConfigurationOrigin
        var value: ConfigurationTree
    }

    var content: Content
    var origin: ConfigurationOrigin

    /// The value of a member; nil when this is no mapping or has no such member.
    subscript(name: String) -> ConfigurationTree? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// Where the value at a path was written, or the nearest one on the way to it.
    func origin(at path: ConfigurationPath) -> ConfigurationOrigin {
        var tree = self
        for step in path.steps {
            switch (step, tree.content) {
            case (.key(let name), _):
                guard let next = tree[name] else { return tree.origin }
                tree = next
            case (.index(let index), .list(let values)) where values.indices.contains(index):
                tree = values[index]
            default:
                return tree.origin
            }
        }
        return tree.origin
    }

    /// Every text in the tree with its path, in the order written.
    func scalars(under path: ConfigurationPath = .root) -> [(path: ConfigurationPath, text: String)] {
        switch content {
        case .empty: []
        case .scalar(let text): [(path, text)]
        case .list(let values):
            values.enumerated().flatMap { $0.element.scalars(under: path.appending(.index($0.offset))) }
        case .mapping(let members):
            members.flatMap { $0.value.scalars(under: path.appending($0.name)) }
        }
    }
}
