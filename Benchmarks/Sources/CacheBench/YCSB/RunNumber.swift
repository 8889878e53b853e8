/// The number by which the values of one run of the driver are told from those of another.
enum RunNumber {
    /// A number for the next run: at random, because two runs may begin in the same second, and in the same process.
    static func next() -> UInt32 { .random(in: .min ... .max) }
}
