#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Draws ranks from a Zipf distribution: rank i (from 0) with a probability proportional to 1 / (i + 1)^theta.
///
/// The first two ranks have their exact probability, the others that of a continuous approximation, which is what lets
/// a draw take constant time and no table.
///
/// Source: Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (SIGMOD 1994).
package struct ZipfianDistribution: Sendable {
    /// How many ranks there are.
    package let count: Int
    /// The skew.
    package let theta: Double
    /// The sum of i^-theta over all ranks.
    package let zeta: Double

    private let alpha: Double
    private let eta: Double
    private let secondThreshold: Double

    /// A distribution over `0 ..< count`.
    ///
    /// - Parameters:
    ///   - count: how many ranks, at least 1.
    ///   - theta: the skew, above 0 and below 1.
    package init(count: Int, theta: Double = 0.99) {
        precondition(count >= 1, "a distribution needs a rank to draw")
        precondition(theta > 0 && theta < 1, "theta \(theta) is not between 0 and 1")
        self.count = count
        self.theta = theta
        zeta = Zeta.sum(of: count, theta: theta)
        alpha = 1 / (1 - theta)
        eta = (1 - pow(2 / Double(count), 1 - theta)) / (1 - Zeta.sum(of: 2, theta: theta) / zeta)
        secondThreshold = 1 + pow(0.5, theta)
    }

    /// A rank. Complexity: O(1).
    package func next(using generator: inout SplitMix64) -> Int {
        let unit = generator.unit()
        let scaled = unit * zeta
        if scaled < 1 || count == 1 { return 0 }
        if scaled < secondThreshold || count == 2 { return 1 }
        return min(count - 1, Int(Double(count) * pow(eta * unit - eta + 1, alpha)))
    }

    /// The exact probability of a rank.
    package func probability(of rank: Int) -> Double {
        pow(Double(rank + 1), -theta) / zeta
    }
}
