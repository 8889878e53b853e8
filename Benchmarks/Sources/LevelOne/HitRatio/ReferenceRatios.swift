/// Hit ratios of other policies on the same traces, in percent, as a CSV file beside the traces has them.
///
/// The file's first line names the columns: `trace`, `capacity`, others that are ignored, and the policies.
package struct ReferenceRatios: Sendable {
    /// The policies' names, in the order of the file's columns.
    package let policies: [String]

    private struct Row: Hashable, Sendable {
        var trace: Substring
        var capacity: Int
    }

    private let ratios: [Row: [Double]]

    /// - Throws: `LevelOneError` that names the line which is no row of the table.
    package init(csv: String) throws {
        let lines = csv.split(whereSeparator: \.isNewline)
        let columns = lines.first?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        guard let trace = columns.firstIndex(of: "trace"), let capacity = columns.firstIndex(of: "capacity") else {
            throw LevelOneError("the reference table has no columns named trace and capacity")
        }
        let known: Set<Substring> = ["trace", "capacity", "requests", "unique"]
        let policies = columns.indices.filter { !known.contains(columns[$0]) }
        var ratios: [Row: [Double]] = [:]
        for (number, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == columns.count, let entries = Int(cells[capacity]) else {
                throw LevelOneError("line \(number + 1) of the reference table doesn't match its first line")
            }
            let values = policies.map { Double(cells[$0]) ?? .nan }
            guard values.allSatisfy(\.isFinite) else {
                throw LevelOneError("line \(number + 1) of the reference table has something else than numbers")
            }
            ratios[Row(trace: cells[trace], capacity: entries)] = values
        }
        self.policies = policies.map { String(columns[$0]) }
        self.ratios = ratios
    }

    /// The policies' hit ratios on a trace at a capacity, or nil when the table doesn't have them.
    package func ratios(trace: String, capacity: Int) -> [Double]? {
        ratios[Row(trace: trace[...], capacity: capacity)]
    }
}
