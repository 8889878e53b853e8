extension TimerWheel {
    func isScheduled(_ cell: CellIndex) -> Bool {
        Int(cell) < links.count && links.pointer(to: cell).pointee.isScheduled
    }

    func violations(deadline: (CellIndex) -> UInt64) -> [String] {
        var found: [String] = []
        var linked = 0
        for (bucket, head) in heads.enumerated() {
            let (level, digit) = (bucket / TimerWheel.bucketsPerLevel, bucket % TimerWheel.bucketsPerLevel)
            let shift = UInt64(level * TimerWheel.digitBits)
            if (head >= 0) != (occupied[level] >> UInt64(digit) & 1 == 1) {
                found.append("timer bucket \(bucket) is marked wrongly")
            }
            var cell = head
            var previous: CellIndex?
            while cell >= 0 {
                let link = links.pointer(to: cell).pointee
                linked += 1
                if previous.map({ link.previous != $0 }) ?? (link.bucket != bucket) {
                    found.append("timer \(cell) is linked wrongly")
                }
                // A deadline in the past is in the bucket of the time when it was scheduled.
                let tick = max(TimerWheel.tick(of: deadline(cell)), current)
                let above = shift + UInt64(TimerWheel.digitBits)
                if tick >> above != current >> above
                    || Int(tick >> shift) % TimerWheel.bucketsPerLevel != digit
                {
                    found.append("timer \(cell) of tick \(tick) is in bucket \(bucket) at tick \(current)")
                }
                previous = cell
                cell = link.next
            }
        }
        if linked != count { found.append("the wheel links \(linked) and counts \(count)") }
        return found
    }
}
