import StrataTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Sequences of requests with a known character, the same ones on every run.
struct SyntheticRequests {
    static let keys = 20_000
    private var generator = SeededGenerator(seed: 7)
    private let cumulated: [Double]

    /// - Parameter skew: the exponent of the Zipf distribution that popular keys are drawn from.
    init(skew: Double) {
        var sum = 0.0
        cumulated = (1...SyntheticRequests.keys).map { rank in
            sum += pow(Double(rank), -skew)
            return sum
        }
    }

    private mutating func popular() -> Int {
        let point = Double.random(in: 0..<cumulated[cumulated.count - 1], using: &generator)
        var (low, high) = (0, cumulated.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulated[middle] <= point { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func list(_ count: Int, _ key: (Int) -> Int) -> [UInt32] {
        (0..<count).map { UInt32(key($0)) }
    }

    mutating func zipf(_ count: Int) -> [UInt32] {
        list(count) { _ in popular() }
    }

    /// The popularity moves through the keys, one on every so many requests.
    mutating func drift(_ count: Int, every requests: Int) -> [UInt32] {
        list(count) { (popular() + $0 / requests) % SyntheticRequests.keys }
    }

    /// A third of the requests are for keys that come once.
    mutating func scanned(_ count: Int) -> [UInt32] {
        list(count) { $0 % 3 == 0 ? SyntheticRequests.keys + $0 : popular() }
    }

    func loop(_ count: Int, over keys: Int) -> [UInt32] {
        list(count) { $0 % keys }
    }

    /// Any of some keys, all of which are others from time to time.
    mutating func workingSet(_ count: Int, of keys: Int, for requests: Int) -> [UInt32] {
        list(count) { $0 / requests * keys + Int.random(in: 0..<keys, using: &generator) }
    }

    /// Every key comes twice, the second time after a constant while, and then never again.
    func twice(_ count: Int, after distance: Int) -> [UInt32] {
        list(count) { $0 % 2 == 0 ? $0 / 2 : max($0 / 2 - distance, 0) }
    }
}
