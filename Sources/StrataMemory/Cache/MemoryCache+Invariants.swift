import StrataCore

extension MemoryCache {
    /// What is wrong with the cache's own bookkeeping, a line each; nothing, unless the cache has a defect.
    ///
    /// Complexity: O(entries), with the lock of a stripe held.
    package func checkInvariants() -> [String] {
        core.stripes.enumerated().flatMap { number, stripe in
            stripe.withTable { $0.violations() }.map { "stripe \(number): \($0)" }
        }
    }
}
