import StrataCore

extension ConfigurationTree {
    /// Sets the text at a path: it replaces what a weaker origin has written there, or on the way there.
    ///
    /// - Throws: `configuration` when an origin of the same strength wrote something that excludes it, or when an index
    ///   leaves a gap.
    mutating func override(_ path: ConfigurationPath, with text: String, from origin: ConfigurationOrigin)
        throws(StrataError)
    {
        try set(path.steps[...], text, origin, path)
    }

    private mutating func set(
        _ steps: ArraySlice<ConfigurationPath.Step>, _ text: String, _ origin: ConfigurationOrigin,
        _ path: ConfigurationPath
    ) throws(StrataError) {
        guard let step = steps.first else {
            if let rival = scalarOrigins.first(where: { !origin.wins(over: $0) }) {
                throw .contradiction(origin, rival, path)
            }
            self = ConfigurationTree(content: .scalar(text), origin: origin)
            return
        }
        switch (step, content) {
        case (.key(let name), .mapping(var members)):
            let index = members.firstIndex { $0.name == name } ?? members.endIndex
            if index == members.endIndex {
                members.append(Member(name: name, origin: origin, value: .init(content: .empty, origin: origin)))
            }
            try members[index].value.set(steps.dropFirst(), text, origin, path)
            content = .mapping(members)
        case (.index(let index), .list(var values)):
            guard index <= values.count else {
                throw StrataError(
                    .configuration,
                    "\(origin): sets number \(index) of \(values.count); lists count from 0 and have no gaps")
            }
            if index == values.count { values.append(.init(content: .empty, origin: origin)) }
            try values[index].set(steps.dropFirst(), text, origin, path)
            content = .list(values)
        case (_, .empty):
            content = if case .key = step { .mapping([]) } else { .list([]) }
            try set(steps, text, origin, path)
        case (_, .scalar), (.key, .list), (.index, .mapping):
            guard origin.wins(over: self.origin) else { throw .contradiction(origin, self.origin, path) }
            self = ConfigurationTree(content: .empty, origin: origin)
            try set(steps, text, origin, path)
        }
    }

    private var scalarOrigins: [ConfigurationOrigin] {
        switch content {
        case .empty: []
        case .scalar: [origin]
        case .list(let values): values.flatMap(\.scalarOrigins)
        case .mapping(let members): members.flatMap(\.value.scalarOrigins)
        }
    }
}

extension StrataError {
    fileprivate static func contradiction(
        _ origin: ConfigurationOrigin, _ rival: ConfigurationOrigin, _ path: ConfigurationPath
    ) -> StrataError {
        StrataError(.configuration, "\(origin): sets \(path), and \(rival) sets what excludes it; keep one of them")
    }
}
