extension EntryTable {
    /// What is wrong with the table, a line each.
    func violations() -> [String] {
        var found = policy.violations() + tags.violations()
        found += wheel.violations { records[$0].deadline }
        found += index.violations(records) { indexHash(of: $0) }
        var held = 0
        var values = 0
        var timed = 0
        var charges = 0
        for cell in 0..<records.cellCount where !records[cell].isVacant {
            let record = records[cell]
            held += 1
            values += record.holdsValue ? 1 : 0
            timed += record.deadline == .max ? 0 : 1
            charges += policy.charge(of: cell)
            let key = key(of: cell)
            if find(key, hash.hash(key)) != cell { found.append("cell \(cell) is not found by its key") }
            if (record.deadline != .max) != wheel.isScheduled(cell) {
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
