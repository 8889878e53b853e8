/// A command's name as two integers, letters lowered, so that telling commands apart compares no text.
struct CommandName: Hashable {
    let low: UInt64
    let high: UInt64

    /// - Parameter bytes: the name as the client sent it; nil when it is empty or longer than any command's.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, bytes.count <= 16 else { return nil }
        var low: UInt64 = 0
        var high: UInt64 = 0
        for index in 0..<min(8, bytes.count) {
            low |= UInt64(bytes[index].asciiLowercased) << UInt64(index &* 8)
        }
        if bytes.count > 8 {
            for index in 8..<bytes.count {
                high |= UInt64(bytes[index].asciiLowercased) << UInt64((index &- 8) &* 8)
            }
        }
        (self.low, self.high) = (low, high)
    }

    init?(_ text: String) {
        guard let name = Array(text.utf8).withUnsafeBytes(CommandName.init) else { return nil }
        self = name
    }
}

/// The commands whose answer can come straight from memory, told from their names before anything else is looked up.
enum MemoryCommand {
    case get
    case mget
    case exists
    case strlen

    // The names' bytes as little-endian integers.
    @inline(__always)
    init?(_ name: CommandName) {
        guard name.high == 0 else { return nil }
        switch name.low {
        case 0x74_6567: self = .get
        case 0x7465_676D: self = .mget
        case 0x7374_7369_7865: self = .exists
        case 0x6E65_6C72_7473: self = .strlen
        default: return nil
        }
    }
}
