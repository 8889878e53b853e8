/// The way from the configuration's root to a value, such as `store.postgres.shards[0].url`.
struct ConfigurationPath: Hashable, Comparable, Sendable, CustomStringConvertible {
    enum Step: Hashable, Comparable, Sendable {
        case key(String)
        case index(Int)
    }

    static let root = ConfigurationPath(steps: [])

    var steps: [Step]

    func appending(_ step: Step) -> ConfigurationPath { ConfigurationPath(steps: steps + [step]) }
    func appending(_ key: String) -> ConfigurationPath { appending(.key(key)) }

    /// The name under which the known keys have it: every index is `[]`.
    var keyName: String { text { _ in "[]" } }

    /// The path as errors show it, with its indices.
    var description: String { text { "[\($0)]" } }

    /// By names and numbers, a section before what is in it.
    static func < (left: ConfigurationPath, right: ConfigurationPath) -> Bool {
        left.steps.lexicographicallyPrecedes(right.steps)
    }

    private func text(index: (Int) -> String) -> String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let number): text += index(number)
            }
        }
        return text
    }
}
