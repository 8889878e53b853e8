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

extension KeyIndex {
    /// How many cells are in the index. Complexity: O(segments).
    var count: Int {
        var count = 0
        forEachSegment { segment, _ in count += segment.pointee.count }
        return count
    }

    func violations() -> [String] {
        var found: [String] = []
        forEachSegment { segment, first in
            let span = 1 << (depth - segment.pointee.depth)
            if first % span != 0 || (first..<first + span).contains(where: { directory[$0] != segment }) {
                found.append("a segment of depth \(segment.pointee.depth) is not in the directory where it should be")
            }
            var count = 0
            for bucket in 0..<KeyIndex.segmentSize {
                let word = segment.pointee.buckets[bucket]
                guard word != 0 else { continue }
                count += 1
                if self.segment(of: UInt32(word >> 32)) != segment { found.append("a hash lies in a foreign segment") }
                var step = KeyIndex.home(of: word)
                while step != bucket {
                    if segment.pointee.buckets[step] == 0 { found.append("bucket \(bucket) is cut off from its home") }
                    step = KeyIndex.following(step)
                }
            }
            if count != segment.pointee.count { found.append("a segment of \(count) counts \(segment.pointee.count)") }
        }
        return found
    }
}

extension LRUPolicy {
    /// How many entries are in the order. Complexity: O(entries).
    var count: Int {
        var count = 0
        visit { _ in count += 1 }
        return count
    }

    /// Every entry, the least recently used first.
    func visit(_ body: (CellIndex) -> Void) {
        var cell = oldest
        while cell >= 0 {
            body(cell)
            cell = links.pointer(to: cell).pointee.newer
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        var previous: CellIndex = -1
        visit { cell in
            if links.pointer(to: cell).pointee.older != previous { found.append("cell \(cell) is linked one way only") }
            previous = cell
        }
        if previous != newest { found.append("the order ends at \(previous) instead of \(newest)") }
        return found
    }
}

extension TimerWheel {
    func isScheduled(_ cell: CellIndex) -> Bool {
        Int(cell) < links.count && links.pointer(to: cell).pointee.isScheduled
    }

    func violations() -> [String] {
        var found: [String] = []
        var linked = 0
        for (bucket, head) in heads.enumerated() {
            let (level, digit) = (bucket / TimerWheel.bucketsPerLevel, bucket % TimerWheel.bucketsPerLevel)
            let shift = UInt64(level * TimerWheel.digitBits)
            if (head >= 0) != (occupied[level] >> UInt64(digit) & 1 == 1) {
                found.append("timer bucket \(bucket) is marked wrongly")
            }
            var cell = head
            var previous: CellIndex = -1
            while cell >= 0 {
                let link = links.pointer(to: cell).pointee
                linked += 1
                if link.bucket != bucket || link.previous != previous {
                    found.append("timer \(cell) is linked wrongly")
                }
                let above = shift + UInt64(TimerWheel.digitBits)
                if link.tick >> above != current >> above || link.tick < current
                    || Int(link.tick >> shift) % TimerWheel.bucketsPerLevel != digit
                {
                    found.append("timer \(cell) of tick \(link.tick) is in bucket \(bucket) at tick \(current)")
                }
                previous = cell
                cell = link.next
            }
        }
        if linked != count { found.append("the wheel links \(linked) and counts \(count)") }
        return found
    }
}

extension TagIndex {
    func violations() -> [String] {
        var found: [String] = []
        var members = 0
        for group in 0..<groups.cellCount where groups[group].first >= 0 {
            let isNamed = groups[group].tag.map { byTag[$0] == group } ?? false
            if isNamed == groups[group].isDoomed { found.append("tag group \(group) is neither named nor doomed") }
            var membership = groups[group].first
            while membership >= 0 {
                members += 1
                if memberships[membership].group != group { found.append("membership \(membership) is misplaced") }
                membership = memberships[membership].nextInGroup
            }
        }
        if members != memberships.count { found.append("\(members) tag memberships instead of \(memberships.count)") }
        return found
    }
}
