import StrataCore

extension MemoryCache {
    /// What is wrong with the cache's own bookkeeping, a line each; nothing, unless the cache has a defect.
    ///
    /// Complexity: O(entries), with the lock of a stripe held.
    package func checkInvariants() -> [String] {
        stripes.enumerated().flatMap { number, stripe in
            stripe.withState { $0.violations() }.map { "stripe \(number): \($0)" }
        }
    }
}

extension StripeState {
    func violations() -> [String] {
        var found = table.pointee.violations()
        for cell in 0..<table.pointee.records.cellCount {
            let record = table.pointee.records.pointer(to: cell)
            let holdsValue = Int(cell) < contents.count && contents.pointer(to: cell).pointee.value != nil
            if record.pointee.isVacant ? holdsValue : holdsValue != record.pointee.holdsValue {
                found.append("cell \(cell) and its content disagree about whether there is a value")
            }
        }
        return found
    }
}
