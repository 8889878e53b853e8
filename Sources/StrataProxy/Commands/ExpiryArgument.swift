import StrataCore

/// The units and origins in which commands take an expiry.
enum ExpiryUnit {
    case seconds
    case milliseconds
    case unixSeconds
    case unixMilliseconds

    /// The unit of an option of SET and GETEX.
    init?(option index: Int, of arguments: Arguments) {
        if arguments.isWord(index, "ex") {
            self = .seconds
        } else if arguments.isWord(index, "px") {
            self = .milliseconds
        } else if arguments.isWord(index, "exat") {
            self = .unixSeconds
        } else if arguments.isWord(index, "pxat") {
            self = .unixMilliseconds
        } else {
            return nil
        }
    }

    /// The expiry of a number in this unit; nil when it lies beyond what milliseconds since 1970 can say.
    func expiry(_ number: Int64) -> Mutation.Expiry? {
        switch self {
        case .seconds, .unixSeconds:
            let (milliseconds, overflow) = number.multipliedReportingOverflow(by: 1000)
            guard !overflow else { return nil }
            return self == .seconds ? ExpiryUnit.milliseconds.expiry(milliseconds) : .at(milliseconds: milliseconds)
        case .milliseconds:
            // The store adds its clock's time, which stays below 2^44 ms until the year 2527.
            guard number < Int64.max - 1 << 44 else { return nil }
            return .after(.milliseconds(number))
        case .unixMilliseconds:
            return .at(milliseconds: number)
        }
    }
}

extension Request {
    /// The expiry at a position, which has to lie in the future: SET and its like refuse zero and less.
    func positiveExpiry(_ index: Int, in unit: ExpiryUnit) throws(CommandError) -> Mutation.Expiry {
        let number = try integer(index)
        guard number > 0, let expiry = unit.expiry(number) else { throw .expireTime(command.name) }
        return expiry
    }
}
