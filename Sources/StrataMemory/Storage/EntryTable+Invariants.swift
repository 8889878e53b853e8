extension EntryTable {
    /// What is wrong with the table, a line each.
    func violations() -> [String] {
        var found = policy.violations() + tags.violations()
        found += wheel.violations { deadline(of: $0) }
        found += index.violations(records)
        var held = 0
        var values = 0
        var timed = 0
        var charges = 0
        for cell in 0..<records.cellCount where !records.block(cell).isNone {
            let block = records.block(cell)
            let deadline = layout.deadline(block)
            held += 1
            values += block.holdsValue ? 1 : 0
            timed += deadline == .max ? 0 : 1
            charges += policy.charge(of: cell)
            let key = key(of: cell)
            let short = UInt32(truncatingIfNeeded: hash.hash(key))
            if find(key, hash.hash(key)) != cell { found.append("cell \(cell) is not found by its key") }
            if view.pointee.find(key, short, layout).cell != cell {
                found.append("cell \(cell) is not found by its key without the lock")
            }
            if (deadline != .max) != wheel.isScheduled(cell) {
                found.append("cell \(cell) and the wheel disagree about whether there is a deadline")
            }
        }
        let counts = [
            ("cells", records.count, held), ("the index", index.count, held),
            ("the eviction order", policy.count, held),
            ("values", valueCount, values), ("the wheel", wheel.count, timed), ("bytes", charged, charges),
        ]
        for (name, counted, actual) in counts where counted != actual {
            found.append("\(name): \(counted) instead of \(actual)")
        }
        if bytes > capacity { found.append("\(bytes) bytes are above the capacity of \(capacity)") }
        return found
    }
}
