extension KeyIndex {
    /// How many cells are in the index. Complexity: O(segments).
    var count: Int {
        var count = 0
        forEachSegment { segment, _ in count += segment.pointee.count }
        return count
    }

    func violations() -> [String] {
        var found: [String] = []
        forEachSegment { segment, first in
            let span = 1 << (depth - segment.pointee.depth)
            if first % span != 0 || (first..<first + span).contains(where: { directory[$0] != segment }) {
                found.append("a segment of depth \(segment.pointee.depth) is not in the directory where it should be")
            }
            var count = 0
            for bucket in 0..<KeyIndex.segmentSize {
                let word = segment.pointee.buckets[bucket]
                guard word != 0 else { continue }
                count += 1
                if self.segment(of: UInt32(word >> 32)) != segment { found.append("a hash lies in a foreign segment") }
                var step = KeyIndex.home(of: word)
                while step != bucket {
                    if segment.pointee.buckets[step] == 0 { found.append("bucket \(bucket) is cut off from its home") }
                    step = KeyIndex.following(step)
                }
            }
            if count != segment.pointee.count { found.append("a segment of \(count) counts \(segment.pointee.count)") }
        }
        return found
    }
}
