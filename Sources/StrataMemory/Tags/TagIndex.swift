import StrataCore

/// Which entries carry which tags, so that invalidating a tag costs the same for one entry as for a million.
///
/// A tag that entries carry has a group, the list of its memberships; an entry has the list of its own. Invalidating a tag
/// cuts the group from its name and marks it: from then on its entries are not served, the next entry with the tag starts
/// a new group, and the old one's members are removed bit by bit.
///
/// Invariant: a group has at least one member; it is either in `byTag` or in the list of doomed groups.
struct TagIndex: ~Copyable {
    struct Membership {
        var cell: CellIndex = -1
        var group: Int32 = -1
        var nextInGroup: Int32 = -1
        var previousInGroup: Int32 = -1
        var nextOfEntry: Int32 = -1
    }

    struct Group {
        var tag: Tag?
        var first: Int32 = -1
        var isDoomed = false
        var next: Int32 = -1
        var previous: Int32 = -1
    }

    private(set) var memberships = Pool(filler: Membership())
    private(set) var groups = Pool(filler: Group())
    private(set) var byTag: [Tag: Int32] = [:]
    private(set) var firstDoomed: Int32 = -1

    /// What the memberships of an entry are charged, in bytes: each with its group, as if no other entry shared it.
    static func charge(_ tags: [Tag]) -> Int {
        tags.reduce(0) { $0 + 128 + $1.name.utf8.count }
    }

    /// Makes an entry a member of its tags' groups.
    ///
    /// - Returns: the first of its memberships, to be kept with it; -1 for no tags.
    mutating func attach(_ tags: [Tag], to cell: CellIndex) -> Int32 {
        var first: Int32 = -1
        for tag in tags.reversed() {
            let group = byTag[tag] ?? makeGroup(tag)
            let head = groups[group].first
            let membership = memberships.take(
                Membership(cell: cell, group: group, nextInGroup: head, nextOfEntry: first))
            if head >= 0 { memberships[head].previousInGroup = membership }
            groups[group].first = membership
            first = membership
        }
        return first
    }

    /// Ends an entry's memberships.
    mutating func detach(_ first: Int32) {
        var membership = first
        while membership >= 0 {
            let ended = memberships[membership]
            if ended.nextInGroup >= 0 { memberships[ended.nextInGroup].previousInGroup = ended.previousInGroup }
            if ended.previousInGroup >= 0 {
                memberships[ended.previousInGroup].nextInGroup = ended.nextInGroup
            } else {
                groups[ended.group].first = ended.nextInGroup
                if ended.nextInGroup < 0 { removeGroup(ended.group) }
            }
            memberships.giveBack(membership)
            membership = ended.nextOfEntry
        }
    }

    /// Makes all entries that carry the tag now unusable. Complexity: O(1).
    mutating func invalidate(_ tag: Tag) {
        guard let group = byTag.removeValue(forKey: tag) else { return }
        groups[group].isDoomed = true
        groups[group].tag = nil
        groups[group].next = firstDoomed
        if firstDoomed >= 0 { groups[firstDoomed].previous = group }
        firstDoomed = group
    }

    /// Whether one of an entry's tags was invalidated since. Complexity: O(tags of the entry).
    func isInvalidated(_ first: Int32) -> Bool {
        var membership = first
        while membership >= 0 {
            if groups[memberships[membership].group].isDoomed { return true }
            membership = memberships[membership].nextOfEntry
        }
        return false
    }

    /// The tags of an entry, in the order given; without those that were invalidated since.
    func tags(_ first: Int32) -> [Tag] {
        var tags: [Tag] = []
        var membership = first
        while membership >= 0 {
            if let tag = groups[memberships[membership].group].tag { tags.append(tag) }
            membership = memberships[membership].nextOfEntry
        }
        return tags
    }

    /// An entry to remove because a tag of it was invalidated; -1 when there are no more.
    var nextDoomed: CellIndex {
        firstDoomed >= 0 ? memberships[groups[firstDoomed].first].cell : -1
    }

    private mutating func makeGroup(_ tag: Tag) -> Int32 {
        let group = groups.take(Group(tag: tag))
        byTag[tag] = group
        return group
    }

    private mutating func removeGroup(_ index: Int32) {
        let group = groups[index]
        if let tag = group.tag { byTag[tag] = nil }
        if group.isDoomed {
            if group.next >= 0 { groups[group.next].previous = group.previous }
            if group.previous >= 0 { groups[group.previous].next = group.next } else { firstDoomed = group.next }
        }
        groups.giveBack(index)
    }
}
