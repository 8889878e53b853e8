/// How many insertions, deletions, replacements and swaps of neighbours turn one text into another.
///
/// Source: the optimal string alignment distance (Damerau 1964, Levenshtein 1966).
enum EditDistance {
    /// Complexity: O(product of the lengths), each capped at 100 bytes.
    static func between(_ left: some StringProtocol, _ right: some StringProtocol) -> Int {
        let left = Array(left.lowercased().utf8.prefix(100))
        let right = Array(right.lowercased().utf8.prefix(100))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    /// The candidates nearest to a text, several when they are equally near; none only when there are none.
    static func nearest<Candidate>(
        to text: String, in candidates: some Sequence<Candidate>, by name: (Candidate) -> String
    ) -> (candidates: [Candidate], distance: Int) {
        var nearest: (candidates: [Candidate], distance: Int) = ([], .max)
        for candidate in candidates {
            let distance = between(text, name(candidate))
            if distance < nearest.distance { nearest = ([], distance) }
            if distance == nearest.distance { nearest.candidates.append(candidate) }
        }
        return nearest
    }

    static func nearest(
        to text: String, in candidates: some Sequence<String>
    ) -> (candidates: [String], distance: Int) {
        nearest(to: text, in: candidates) { $0 }
    }
}
