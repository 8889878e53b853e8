/// The hosts of a connection URI in the order in which they are tried, which can begin with another one.
struct HostRotation {
    private var lists: [(name: String, values: [String])]

    /// - Parameter keywords: `host`, `hostaddr` and `port`, each with a value per host, separated by commas.
    init(_ keywords: [(name: String, value: String)]) {
        lists = keywords.map { name, value in
            (name, value.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        }
    }

    /// How many hosts there are.
    var count: Int { lists.map(\.values.count).max() ?? 0 }

    /// The keywords in the present order.
    var keywords: [(name: String, value: String)] { lists.map { ($0.name, $0.values.joined(separator: ",")) } }

    /// Lets the next host be the first.
    mutating func turn() {
        // A port that counts for all hosts stays where it is.
        for index in lists.indices where lists[index].values.count > 1 {
            lists[index].values.append(lists[index].values.removeFirst())
        }
    }
}
