import StrataCore
import Testing

@testable import StrataConfiguration

/// Loads a configuration from texts alone: nothing of the real environment or file system.
func load(
    _ yaml: String, environment: [String: String] = [:], flags: [ConfigurationSource.Flag] = []
) throws(StrataError) -> LoadedConfiguration {
    try ConfigurationSource(environment: environment, flags: flags).load(yaml: yaml, file: "strata.yaml")
}

/// The message with which a configuration is refused.
func refusal(
    of yaml: String, environment: [String: String] = [:], flags: [ConfigurationSource.Flag] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) -> String {
    do {
        let loaded = try load(yaml, environment: environment, flags: flags)
        Issue.record("expected a refusal, got \(loaded.settings)", sourceLocation: sourceLocation)
        return ""
    } catch {
        #expect(error.code == .configuration, sourceLocation: sourceLocation)
        return error.message
    }
}
