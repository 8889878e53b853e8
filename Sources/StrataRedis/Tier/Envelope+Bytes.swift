import StrataCore

extension Envelope {
    /// Reads an envelope.
    ///
    /// - Throws: `corrupt` when the bytes are none.
    init(decoding bytes: [UInt8]) throws(StrataError) {
        let decoded: Result<Envelope, StrataError> = bytes.withUnsafeBytes { buffer in
            do throws(StrataError) { return .success(try Envelope(decoding: buffer)) } catch { return .failure(error) }
        }
        self = try decoded.get()
    }
}
