import StrataCore

extension ConfigurationKey {
    /// Refuses a member of a mapping that is no known key.
    ///
    /// - Throws: `configuration` naming the nearest known key: among the mapping's own when one is near, else anywhere,
    ///   because a key in the wrong place is as common as a misspelt one.
    static func requireKnown(_ member: ConfigurationTree.Member, at parent: ConfigurationPath) throws(StrataError) {
        let siblings = children(of: parent.keyName)
        guard !siblings.contains(member.name) else { return }
        var suggestions = EditDistance.nearest(to: member.name, in: siblings)
        if suggestions.distance > tolerance(for: member.name) {
            let elsewhere = EditDistance.nearest(to: member.name, in: places) { $0.steps.last { $0 != "[]" } ?? "" }
            if elsewhere.distance <= tolerance(for: member.name) {
                throw unknown(member, parent, suggestions: elsewhere.candidates.map(\.name), siblings)
            }
            suggestions.candidates.removeSubrange(suggestions.candidates.prefix(1).endIndex...)
        }
        throw unknown(
            member, parent, suggestions: suggestions.candidates.map { parent.appending($0).description }, siblings)
    }

    private static func unknown(
        _ member: ConfigurationTree.Member, _ parent: ConfigurationPath, suggestions: [String], _ siblings: [String]
    ) -> StrataError {
        let suggested = suggestions.map { "\"\($0)\"" }.joined(separator: " or ")
        return .invalid(
            .root, at: member.origin,
            "unknown key \"\(parent.appending(member.name))\"; did you mean \(suggested)?"
                + " Known here: \(siblings.joined(separator: ", "))")
    }

    /// The distance up to which a name counts as misspelt rather than as another one.
    private static func tolerance(for name: String) -> Int { max(1, name.count / 3) }

    /// All keys and the sections they are in, each once.
    private static var places: [ConfigurationKey] {
        var names: [String] = []
        for key in all {
            var name = ""
            for part in key.name.split(separator: ".") {
                name += (name.isEmpty ? "" : ".") + part
                let place = name.hasSuffix("[]") ? String(name.dropLast(2)) : name
                if !names.contains(place) { names.append(place) }
            }
        }
        return names.map { ConfigurationKey($0, "", "") }
    }

    /// The path that an environment variable sets; nil when no key has such a variable.
    static func path(ofVariable name: String) -> ConfigurationPath? {
        for key in all {
            if let path = key.path(ofVariable: name) { return path }
        }
        return nil
    }

    /// The known variable nearest to an unknown one, with its numbers where the unknown one has some.
    static func nearestVariable(to name: String) -> String {
        let numbers = name.split(separator: "_").filter { Int($0) != nil }
        let nearest = EditDistance.nearest(to: name.filter { !$0.isNumber }, in: all) { key in
            key.environmentVariable.replacing("_N", with: numbers.isEmpty ? "" : "_")
        }
        var remaining = numbers[...]
        return nearest.candidates.first.map { key in
            key.environmentVariable.split(separator: "_")
                .map { $0 == "N" ? (remaining.popFirst() ?? "0") : $0 }.joined(separator: "_")
        } ?? environmentPrefix
    }

    private func path(ofVariable name: String) -> ConfigurationPath? {
        var rest = name[...]
        guard rest.hasPrefix(ConfigurationKey.environmentPrefix) else { return nil }
        rest = rest.dropFirst(ConfigurationKey.environmentPrefix.count)
        var path = ConfigurationPath.root
        for step in steps {
            guard rest.popFirst() == "_" else { return nil }
            if step == "[]" {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard let index = Int(digits), String(index) == digits else { return nil }
                path = path.appending(.index(index))
                rest = rest.dropFirst(digits.count)
            } else {
                let part = step.uppercased().replacing("-", with: "_")
                guard rest.hasPrefix(part) else { return nil }
                path = path.appending(step)
                rest = rest.dropFirst(part.count)
            }
        }
        return rest.isEmpty ? path : nil
    }
}
