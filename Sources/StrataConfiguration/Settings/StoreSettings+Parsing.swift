import StrataCore

extension StoreSettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        let embedded = try section.section("embedded")
        let postgres = try section.section("postgres")
        switch (embedded, postgres) {
        case (_?, let postgres?):
            throw section.error(
                "embedded",
                "\(postgres.tree.origin) configures store.postgres as well; there is one store, so remove one of them")
        case (let embedded?, nil): self = .embedded(try EmbeddedSettings(embedded))
        case (nil, let postgres?): self = .postgres(try PostgresSettings(postgres))
        case (nil, nil): self = .embedded(EmbeddedSettings())
        }
    }
}
