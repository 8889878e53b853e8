/// The order in which entries make room for others: told of everything that happens to them, asked for the next to go.
///
/// A policy knows cells, hashes and charges, and neither keys nor values; it takes no lock and reads no clock.
protocol EvictionPolicy: ~Copyable {
    /// An entry was put into a cell. The hash lets a policy recognise a key it has seen before. The charge is a multiple of
    /// four, here and in `onReplace`.
    mutating func onInsert(_ cell: CellIndex, hash: UInt32, charge: Int)
    /// The entry was read.
    mutating func onHit(_ cell: CellIndex)
    /// Has what `onHit` needs of the entry brought near, ahead of time. The cell may be vacant by now.
    func prefetch(_ cell: CellIndex)
    /// Has what `onHit` needs of other entries brought near, when the entry's own part is.
    func prefetchNeighbours(_ cell: CellIndex)
    /// The entry's content was replaced, and is charged this from now on.
    mutating func onReplace(_ cell: CellIndex, charge: Int)
    /// The entry has left: evicted to make room, or for another reason, after which nothing is to be learnt from it.
    mutating func onRemove(_ cell: CellIndex, hash: UInt32, isEvicted: Bool)
    /// What the entry in a cell is charged, as it was told; a multiple of four.
    func charge(of cell: CellIndex) -> Int
    /// The uses so far, running over at 32 bits.
    var clock: UInt32 { get }
    /// The clock at the last use of the entry in a cell, or an earlier one that is long past.
    func lastUse(of cell: CellIndex) -> UInt32
    /// Works from now on as if the capacity were this many bytes, because others use the rest of what they share.
    mutating func adapt(toCapacity bytes: Int)
    /// What the policy remembers of entries that have left, in bytes: part of what the cache takes of its capacity.
    var historyBytes: Int { get }
    /// The entry to evict next, which stays in the order until `onRemove`; -1 when there are none.
    mutating func victim() -> CellIndex
}
