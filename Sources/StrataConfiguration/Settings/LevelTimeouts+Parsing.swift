import Strata
import StrataCore

extension LevelTimeouts {
    /// Takes over what a level's section says: `timeout` for both, `read-timeout` and `write-timeout` for one of them.
    mutating func read(from section: ConfigurationSection) throws(StrataError) {
        if let timeout = try section.value("timeout", .timeout) { self = LevelTimeouts(timeout) }
        if let timeout = try section.value("read-timeout", .timeout) { read = timeout }
        if let timeout = try section.value("write-timeout", .timeout) { write = timeout }
    }

    /// The timeouts as the plan shows them.
    var planText: String {
        guard read != write else { return "timeout \(read.configurationText)" }
        return "timeouts \(read.configurationText) for reads and \(write.configurationText) for writes"
    }
}
