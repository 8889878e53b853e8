extension TagIndex {
    func violations() -> [String] {
        var found: [String] = []
        var members = 0
        for group in 0..<groups.cellCount where groups[group].first >= 0 {
            let isNamed = groups[group].tag.map { byTag[$0] == group } ?? false
            if isNamed == groups[group].isDoomed { found.append("tag group \(group) is neither named nor doomed") }
            var membership = groups[group].first
            while membership >= 0 {
                members += 1
                if memberships[membership].group != group { found.append("membership \(membership) is misplaced") }
                membership = memberships[membership].nextInGroup
            }
        }
        if members != memberships.count { found.append("\(members) tag memberships instead of \(memberships.count)") }
        return found
    }
}
