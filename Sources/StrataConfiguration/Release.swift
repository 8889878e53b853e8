import StrataEmbedded
import StrataPostgres
import StrataRedis

/// Which release of Strata this is, and what it runs with.
public enum Release {
    /// The version, by the rules of semantic versioning.
    public static let version = "0.1.0"

    /// The versions of the C libraries in use, by the libraries' names.
    public static var libraryVersions: [String: String] {
        let libpq = PostgresShard.libraryVersion
        return [
            "hiredis": HiredisVersion.text, "libpq": "\(libpq / 10_000).\(libpq % 10_000)",
            "sqlite": SQLiteVersion.text,
        ]
    }
}
