import StrataCore

/// How many slots each shard should have: its share of all slots, in whole slots.
///
/// Invariant: the quotas add up to all slots, and none is above 1.05 times its share, unless there are so many shards that
/// whole slots can't be dealt out under that bound; then none is above its share rounded up.
enum SlotQuotas {
    /// The quotas of shards with these weights.
    ///
    /// - Parameter current: what they have now; decides who gets the slots left over by rounding, so that none moves for it.
    static func make(_ weights: [Int], current: [Int]) -> [Int] {
        let total = weights.reduce(0, +)
        var quotas = weights.map { Slot.count * $0 / total }
        let bounds = weights.map { Slot.count * $0 * 105 / (total * 100) }
        var rest = Slot.count - quotas.reduce(0, +)
        while rest > 0 {
            var takers = weights.indices.filter { quotas[$0] < bounds[$0] }
            if takers.isEmpty { takers = weights.indices.filter { quotas[$0] * total < Slot.count * weights[$0] } }
            precondition(!takers.isEmpty, "\(rest) slots can't be dealt out")
            let order = takers.sorted { left, right in
                let keeps = (current[left] > quotas[left], current[right] > quotas[right])
                if keeps.0 != keeps.1 { return keeps.0 }
                let remainders = (Slot.count * weights[left] % total, Slot.count * weights[right] % total)
                return remainders.0 != remainders.1 ? remainders.0 > remainders.1 : left < right
            }
            for taker in order.prefix(rest) { quotas[taker] += 1 }
            rest -= min(rest, order.count)
        }
        return quotas
    }
}
