import GRDB
import StrataCore

extension StrataError {
    /// The error of a shard for one of SQLite.
    ///
    /// - Parameter file: the path of the shard's file.
    init(_ error: any Error, file: String) {
        if let error = error as? StrataError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.storage, "\(file): \(error)")
            return
        }
        let text = error.message ?? "no message"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.storage, "\(file): the disk or the file's quota is full; nothing of this write was kept")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.corrupt, "\(file) is damaged or no SQLite file (\(text)); restore it from a backup")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.unavailable, "\(file) is locked by another program; close it there")
        case .SQLITE_TOOBIG: self.init(.invalidArgument, "the value is larger than SQLite can hold")
        default:
            self.init(
                .storage, "\(file): \(text) (SQLite \(error.extendedResultCode.rawValue)); check disk and permissions")
        }
    }
}
