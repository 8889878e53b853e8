import StrataMemory
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The public traces beside the repository, with the hit ratios that other policies have on them.
@Suite struct TraceTests {
    struct Row {
        var trace: String
        var requests: Int
        var capacity: Int
        var lru: Double
        var s3FIFO: Double
    }

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/traces")
    static var areThere: Bool {
        FileManager.default.fileExists(atPath: directory.appendingPathComponent("reference.csv").path)
    }

    /// Release builds replay all 48 rows, on which S3-FIFO, the best single policy of the reference, has 48.30 and LRU
    /// 42.21. Debug builds, which are far slower, replay the short traces.
    @Test(.enabled(if: areThere, "there are no traces in ../shared/traces"))
    func adaptiveIsAboveTheBestOfTheReference() throws {
        var rows = try TraceTests.rows()
        #expect(rows.count == 48)
        #if DEBUG
        rows.removeAll { $0.requests > 30_000 }
        #endif
        var requests: (trace: String, keys: [UInt32]) = ("", [])
        var sum = 0.0
        for row in rows {
            if requests.trace != row.trace { requests = (row.trace, try TraceTests.requests(row.trace)) }
            let ratio = try UnitReplay(capacity: row.capacity, policy: .adaptive).hitRatio(requests.keys)
            #expect(ratio >= row.lru - 1, "\(row.trace) at \(row.capacity) entries: LRU has \(row.lru) %")
            sum += ratio
        }
        #expect(sum >= rows.reduce(0) { $0 + $1.s3FIFO })
        #expect(rows.count < 48 || sum / 48 >= 48.3)
    }

    /// The engine's LRU is LRU: what another implementation of it has, to the last digit.
    @Test(.enabled(if: areThere, "there are no traces in ../shared/traces"))
    func lruIsExact() throws {
        for row in try TraceTests.rows() where row.trace == "lirs-multi1" {
            let ratio = try UnitReplay(capacity: row.capacity, policy: .lru).hitRatio(TraceTests.requests(row.trace))
            #expect(abs(ratio - row.lru) <= 0.006, "\(row.trace) at \(row.capacity) entries")
        }
    }

    static func rows() throws -> [Row] {
        let text = try String(
            decoding: Data(contentsOf: directory.appendingPathComponent("reference.csv")), as: UTF8.self)
        return try text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",").map(String.init)
            return Row(
                trace: cells[0], requests: try #require(Int(cells[1])), capacity: try #require(Int(cells[3])),
                lru: try #require(Double(cells[4])), s3FIFO: try #require(Double(cells[7])))
        }
    }

    static func requests(_ trace: String) throws -> [UInt32] {
        let data = try Data(contentsOf: directory.appendingPathComponent("\(trace).u32"))
        return data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
            }
        }
    }
}
