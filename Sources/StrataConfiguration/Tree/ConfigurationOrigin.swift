/// Where a value of the configuration was written; what wins over what is the order of the cases.
public enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    /// A place in a file; line and column count from 1.
    case file(String, line: Int, column: Int)
    /// An environment variable.
    case environment(String)
    /// An option on the command line, dashes included.
    case flag(String)

    /// Whether a value from here replaces one from there, rather than contradicting it.
    func wins(over other: ConfigurationOrigin) -> Bool { rank > other.rank }

    private var rank: Int {
        switch self {
        case .file: 0
        case .environment: 1
        case .flag: 2
        }
    }

    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let name), .flag(let name): name
        }
    }
}
