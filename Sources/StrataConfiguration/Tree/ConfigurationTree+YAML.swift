import StrataCore
import Yams

extension ConfigurationTree {
    /// The largest file that is read, in bytes.
    static let maximumFileBytes = 1 << 20
    /// The most values a file may have; aliases of aliases would otherwise grow without bound.
    private static let maximumValues = 100_000

    /// Reads a YAML text of one document; an empty one is an empty mapping.
    ///
    /// - Parameter file: what errors call the file.
    /// - Throws: `configuration` with the place in the file. The text around the place is left out, as it may be a secret.
    init(yaml text: String, file: String) throws(StrataError) {
        let start = ConfigurationOrigin.file(file, line: 1, column: 1)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw StrataError.notYAML(error, file: file)
        }
        var remaining = Self.maximumValues
        guard let root else {
            self.init(content: .mapping([]), origin: start)
            return
        }
        let tree = try ConfigurationTree(node: root, file: file, remaining: &remaining)
        self = tree.content == .empty ? ConfigurationTree(content: .mapping([]), origin: start) : tree
    }

    private init(node: Node, file: String, remaining: inout Int) throws(StrataError) {
        let origin = ConfigurationOrigin(node, in: file)
        remaining -= 1
        guard remaining > 0 else {
            throw StrataError(
                .configuration, "\(origin): more than \(Self.maximumValues) values, which is no configuration")
        }
        switch node {
        case .scalar(let scalar):
            let isEmpty = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            self.init(content: isEmpty ? .empty : .scalar(scalar.string), origin: origin)
        case .sequence(let sequence):
            var values: [ConfigurationTree] = []
            for element in sequence {
                values.append(try ConfigurationTree(node: element, file: file, remaining: &remaining))
            }
            self.init(content: .list(values), origin: origin)
        case .mapping(let mapping):
            var members: [Member] = []
            for (key, value) in mapping {
                let origin = ConfigurationOrigin(key, in: file)
                guard case .scalar(let name) = key else {
                    throw StrataError(.configuration, "\(origin): a key has to be a text")
                }
                members.append(
                    Member(
                        name: name.string, origin: origin,
                        value: try ConfigurationTree(node: value, file: file, remaining: &remaining)))
            }
            self.init(content: .mapping(members), origin: origin)
        case .alias:
            throw StrataError(.configuration, "\(origin): an alias of nothing; write the value out")
        }
    }
}

extension ConfigurationOrigin {
    fileprivate init(_ node: Node, in file: String) {
        self = .file(file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}

extension StrataError {
    /// What the YAML parser found, without the lines of the file that its own description quotes.
    fileprivate static func notYAML(_ error: any Error, file: String) -> StrataError {
        let place: Mark?
        let problem: String
        switch error as? YamlError {
        case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _), .composer(_, let text, let mark, _):
            (problem, place) = (text, mark)
        case .duplicatedKeysInMapping(let names, let context):
            (problem, place) = ("the key \"\(names.first ?? "")\" is there twice; keep one", context.mark)
        case .reader(let text, _, _, _):
            (problem, place) = (text, nil)
        default:
            (problem, place) = ("not readable as YAML", nil)
        }
        let origin = ConfigurationOrigin.file(file, line: place?.line ?? 1, column: place?.column ?? 1)
        return StrataError(.configuration, "\(origin): \(problem)")
    }
}
