import ArgumentParser

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How every command shows what it measured, on standard output.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one line of it, instead of a table.")
    var json = false

    /// Prints a report as JSON, or the table that people get.
    func show(_ report: some Encodable, as table: @autoclosure () -> String) throws {
        print(json ? try OutputOptions.json(report) : table())
    }

    /// A report as JSON, on one line.
    static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
