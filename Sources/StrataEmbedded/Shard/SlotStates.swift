import StrataCore

/// Generation and collected version of each slot of a shard.
struct SlotStates {
    struct SlotState {
        var generation: UInt64
        /// The version of an absence that no row tells of.
        var collected: Version
    }

    private let first: Int
    private var states: [SlotState]

    /// - Parameter states: one for each slot, from the first on.
    init(first: Int, states: [SlotState]) {
        self.first = first
        self.states = states
    }

    subscript(slot: Int) -> SlotState {
        get { states[slot - first] }
        set { states[slot - first] = newValue }
    }

    /// The highest generation of any slot.
    var highestGeneration: UInt64 { states.reduce(0) { max($0, $1.generation) } }

    /// The slots' numbers.
    var slots: Range<Int> { first..<(first + states.count) }
}
