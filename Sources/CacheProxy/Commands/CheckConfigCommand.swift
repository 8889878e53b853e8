import ArgumentParser
import StrataConfiguration

struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Says what a configuration would do, or what is wrong with it.",
        discussion:
            "Environment variables apply as they would to serve. Nothing is connected to and nothing is changed.")

    @Argument(help: "The configuration file, in YAML.")
    var file: String

    func run() throws {
        print(try ConfigurationSource(file: file).load().plan, terminator: "")
    }
}
