import Foundation
import StrataCore

extension ShardReport {
    /// A table for a reader: one line per shard, and below it what is wrong.
    public var text: String {
        guard !shards.isEmpty else { return "there is no store: memory is the authority, and it has no shards\n" }
        let header = ["SHARD", "PLACE", "WEIGHT", "SLOTS", "STATE", "LATENCY"]
        let rows = shards.map { shard in
            [
                shard.health.name, shard.place, shard.weight.map(String.init) ?? "-",
                shard.slots.map(String.init) ?? "?", shard.health.state.name,
                shard.health.latency.map { String(format: "%.1f ms", $0.milliseconds) } ?? "-",
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let lines = ([header] + rows).map { row in
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return padded.joined(separator: "  ").replacing(/\ +$/, with: "")
        }
        let errors = shards.compactMap(\.health.error) + problems
        let summary = "store: \(store)" + (epoch.map { ", shard map of epoch \($0.rawValue)" } ?? "")
        return ([summary] + lines + errors.map { "! \($0)" }).joined(separator: "\n") + "\n"
    }
}

extension Duration {
    fileprivate var milliseconds: Double { self / .milliseconds(1) }
}

extension ShardReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case store, epoch, shards, problems
    }

    private struct EncodedShard: Encodable {
        let name: String
        let place: String
        let weight: Int?
        let slots: Int?
        let state: String
        let latencyMilliseconds: Double?
        let error: String?

        init(_ shard: ShardStatus) {
            name = shard.health.name
            place = shard.place
            weight = shard.weight
            slots = shard.slots
            state = shard.health.state.name
            latencyMilliseconds = shard.health.latency.map(\.milliseconds)
            error = shard.health.error?.description
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(store, forKey: .store)
        try container.encodeIfPresent(epoch?.rawValue, forKey: .epoch)
        try container.encode(shards.map(EncodedShard.init), forKey: .shards)
        try container.encode(problems.map(\.description), forKey: .problems)
    }
}
