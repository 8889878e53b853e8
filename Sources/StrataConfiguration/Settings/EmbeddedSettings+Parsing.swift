import Strata
import StrataCore

extension EmbeddedSettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        self.init()
        if let path = try section.value("path", .nonEmptyText) { self.path = path }
        if let count = try section.value("shards", .integer(in: 1...256)) { shards = count }
        if let name = try section.value("durability", .choice as ScalarForm<Durability>) { durability = name }
        try timeouts.read(from: section)
    }
}
