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
