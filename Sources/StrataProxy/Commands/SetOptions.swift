import StrataCore

/// The options of SET and GETEX in any order. As in Redis, one may be given several times, and then the last counts; those
/// that exclude each other are a syntax error, which is found before any value is looked at.
struct SetOptions {
    /// What becomes of the expiry when no option says it.
    private let expiryByDefault: Mutation.Expiry
    private var unit: ExpiryUnit?
    private var keepsExpiry = false
    private var dropsExpiry = false
    private var value = 0
    private(set) var condition = Mutation.Condition.always
    private(set) var returnsPrevious = false

    /// The options of SET.
    static func set(_ request: Request) throws(CommandError) -> SetOptions {
        var options = SetOptions(expiryByDefault: .never)
        try options.parse(request.arguments, from: 3) { (options, index) throws(CommandError) in
            let arguments = request.arguments
            if arguments.isWord(index, "nx") {
                try options.require(.ifAbsent)
            } else if arguments.isWord(index, "xx") {
                try options.require(.ifPresent)
            } else if arguments.isWord(index, "get") {
                options.returnsPrevious = true
            } else if arguments.isWord(index, "keepttl"), options.unit == nil {
                options.keepsExpiry = true
            } else {
                throw .syntax
            }
        }
        return options
    }

    /// The options of GETEX.
    static func getex(_ request: Request) throws(CommandError) -> SetOptions {
        var options = SetOptions(expiryByDefault: .keep)
        try options.parse(request.arguments, from: 2) { (options, index) throws(CommandError) in
            guard request.arguments.isWord(index, "persist"), options.unit == nil else { throw .syntax }
            options.dropsExpiry = true
        }
        return options
    }

    private init(expiryByDefault: Mutation.Expiry) {
        self.expiryByDefault = expiryByDefault
    }

    /// What becomes of the expiry.
    func expiry(_ request: Request) throws(CommandError) -> Mutation.Expiry {
        if let unit { return try request.positiveExpiry(value, in: unit) }
        if keepsExpiry { return .keep }
        return dropsExpiry ? .never : expiryByDefault
    }

    private mutating func parse(
        _ arguments: Arguments, from first: Int,
        other: (inout SetOptions, Int) throws(CommandError) -> Void
    ) throws(CommandError) {
        var index = first
        while index < arguments.count {
            if let unit = ExpiryUnit(option: index, of: arguments) {
                guard !keepsExpiry, !dropsExpiry, self.unit == nil || self.unit == unit, index + 1 < arguments.count
                else { throw .syntax }
                (self.unit, value, index) = (unit, index + 1, index + 2)
            } else {
                try other(&self, index)
                index += 1
            }
        }
    }

    private mutating func require(_ wanted: Mutation.Condition) throws(CommandError) {
        guard condition == .always || condition == wanted else { throw .syntax }
        condition = wanted
    }
}
