#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The normalising constant of a Zipf distribution: the sum of i^-theta for i from 1 to n.
enum Zeta {
    /// The sum of the first `count` terms.
    ///
    /// The first thousand terms are added one by one, the rest by the Euler–Maclaurin formula, whose error there is
    /// far below a double's precision: ten billion items cost no more than a thousand.
    ///
    /// - Parameters:
    ///   - count: how many terms, at least 1.
    ///   - theta: the skew, above 0 and below 1.
    static func sum(of count: Int, theta: Double) -> Double {
        let head = 1000
        guard count > head else {
            return (1...count).reduce(0) { $0 + pow(Double($1), -theta) }
        }
        let (first, last) = (Double(head), Double(count))
        var sum = (1..<head).reduce(0) { $0 + pow(Double($1), -theta) }
        sum += (pow(last, 1 - theta) - pow(first, 1 - theta)) / (1 - theta)
        sum += (pow(first, -theta) + pow(last, -theta)) / 2
        sum += theta / 12 * (pow(first, -theta - 1) - pow(last, -theta - 1))
        sum -= theta * (theta + 1) * (theta + 2) / 720 * (pow(first, -theta - 3) - pow(last, -theta - 3))
        return sum
    }
}
