extension KeyIndex {
    func violations(_ records: borrowing RecordArray) -> [String] {
        var found: [String] = []
        var linked = 0
        for address in 0..<addressCount {
            var cell = first(UInt32(address))
            while cell >= 0, linked <= count {
                linked += 1
                if self.address(records.pointer(to: cell).pointee.hash) != CellIndex(address) {
                    found.append("cell \(cell) is in the chain of a foreign address")
                }
                cell = records.pointer(to: cell).pointee.next
            }
        }
        if linked != count { found.append("chains of \(linked) entries count \(count)") }
        return found
    }
}
