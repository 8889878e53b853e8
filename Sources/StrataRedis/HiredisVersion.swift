import CHiredis

/// The hiredis library in use.
package enum HiredisVersion {
    /// Its version, such as `0.14.1`, as its headers say: the library itself has no function for it.
    package static var text: String { "\(HIREDIS_MAJOR).\(HIREDIS_MINOR).\(HIREDIS_PATCH)" }
}
