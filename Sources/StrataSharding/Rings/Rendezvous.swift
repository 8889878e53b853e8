#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Rendezvous hashing: each node draws a number for the key, and the highest one has it.
///
/// When a node leaves, only its keys move, and they spread over all others; when a weight changes, keys move only to or
/// from that node.
/// Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998; the weights as in Schindelhauer
/// and Schomaker, "Weighted distributed hash tables", 2005.
public struct Rendezvous: Sendable {
    private let nodes: [(seed: UInt64, weight: Double)]

    /// A choice among nodes.
    ///
    /// - Parameter nodes: not empty, with weights above 0; else it traps.
    public init(_ nodes: [ShardDescriptor]) {
        precondition(
            !nodes.isEmpty && nodes.allSatisfy { $0.weight > 0 }, "rendezvous needs nodes with weights above 0")
        self.nodes = nodes.map { (StableHash.hash($0.name), Double($0.weight)) }
    }

    /// The number of the key's node in the list given. Complexity: O(nodes).
    ///
    /// - Parameter key: a hash of the key.
    public func node(of key: UInt64) -> Int {
        var best = 0
        var highest = -Double.infinity
        for (index, node) in nodes.enumerated() {
            let score = Rendezvous.score(key, node)
            if score > highest { (best, highest) = (index, score) }
        }
        return best
    }

    /// The numbers of all nodes, the key's own first and then where it would go. Complexity: O(n log n).
    public func nodes(of key: UInt64) -> [Int] {
        let scores = nodes.map { Rendezvous.score(key, $0) }
        return nodes.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    }

    private static func score(_ key: UInt64, _ node: (seed: UInt64, weight: Double)) -> Double {
        // 53 bits as a number strictly between 0 and 1.
        let draw = (Double(StableHash.mix(key ^ node.seed) >> 11) + 0.5) / Double(1 << 53)
        return -node.weight / log(draw)
    }
}
