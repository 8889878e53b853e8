extension EntryTable {
    /// What is wrong with the table, a line each.
    func violations() -> [String] {
        var found = index.violations() + policy.violations() + wheel.violations() + tags.violations()
        var held = 0
        var values = 0
        var timed = 0
        var charged = 0
        for cell in 0..<records.cellCount where !records[cell].isVacant {
            let record = records.pointer(to: cell)
            held += 1
            values += record.pointee.holdsValue ? 1 : 0
            timed += record.pointee.deadline == .max ? 0 : 1
            charged += Int(record.pointee.charge)
            let key = EntryRecord.key(at: record)
            if find(key, hash.hash(key)) != cell { found.append("cell \(cell) is not found by its key") }
            if (record.pointee.deadline != .max) != wheel.isScheduled(cell) {
                found.append("cell \(cell) and the wheel disagree about whether there is a deadline")
            }
        }
        let counts = [
            ("cells", records.count, held), ("the index", index.count, held),
            ("the eviction order", policy.count, held),
            ("values", valueCount, values), ("the wheel", wheel.count, timed), ("bytes", bytes, charged),
        ]
        for (name, counted, actual) in counts where counted != actual {
            found.append("\(name): \(counted) instead of \(actual)")
        }
        if bytes > capacity { found.append("\(bytes) bytes are above the capacity of \(capacity)") }
        return found
    }
}
