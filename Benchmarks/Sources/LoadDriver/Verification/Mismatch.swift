/// A read that returned what it must not.
package struct Mismatch: Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    package enum Reason: Hashable, Sendable {
        /// The record was written, and isn't there.
        case missing
        /// The bytes aren't a value of the driver's, or not all of one.
        case corrupt(length: Int)
        /// The value was written under another key.
        case foreign(key: String)
        /// A newer write was acknowledged before the read began; 0 is a value of an earlier run.
        case stale(seen: UInt32, floor: UInt32)
        /// The value carries the number of a write that wasn't sent yet.
        case unwritten(number: UInt32, sent: UInt32)
    }

    /// The key that was read.
    package var key: String
    package var reason: Reason

    package init(key: String, reason: Reason) {
        self.key = key
        self.reason = reason
    }

    package var description: String {
        switch reason {
        case .missing: "\(key): missing, though it was written"
        case .corrupt(let length): "\(key): \(length) bytes that are not a value of this driver"
        case .foreign(let other): "\(key): holds the value of \(other)"
        case .stale(0, let floor): "\(key): a value of an earlier run, though write \(floor) was acknowledged"
        case .stale(let seen, let floor):
            "\(key): write \(seen) was read, though write \(floor) was acknowledged before the read began"
        case .unwritten(let number, let sent): "\(key): write \(number) was read, though only \(sent) were sent"
        }
    }
}
