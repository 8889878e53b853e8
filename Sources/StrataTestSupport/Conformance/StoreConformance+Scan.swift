import StrataCore

extension StoreConformance {
    /// Every key from the start to the end, with the rules of a page checked.
    func scanAll(count: Int, betweenPages: () async throws -> Void = {}) async throws -> [Key: EntryType] {
        var found: [Key: EntryType] = [:]
        var start: KeyPosition? = .start
        while let position = start {
            let page = try await store.scan(from: position, count: count, context: context)
            var last = position
            for (key, type) in page.keys {
                let at = KeyPosition(of: key)
                try expect(at >= last, "\(key) comes after a later position")
                try expect(page.next.map { at < $0 } ?? true, "\(key) lies behind the page's end")
                try expect(found.updateValue(type, forKey: key) == nil, "\(key) is in two pages of one scan")
                last = at
            }
            if let next = page.next { try expect(next > position, "the scan does not get on from \(position)") }
            start = page.next
            if start != nil { try await betweenPages() }
        }
        return found
    }

    func checkScanIsComplete() async throws {
        try await store.removeAll(context: context)
        let nothing = try await scanAll(count: 10)
        try expect(nothing.isEmpty, "an empty store has keys \(nothing.keys)")
        let keys = freshKeys(150) + freshKeys(50, slotTag: "scan")
        let results = await store.apply(
            keys.enumerated().map { index, key in
                Mutation(.put([1], type: type(UInt8(index % 3))), key: key)
            }, context: context)
        for result in results { _ = try result.get() }
        try await write(Mutation(.delete, key: keys[7]))
        try await write(Mutation(.touch, key: keys[8], expiry: .after(.seconds(-1))))
        for count in [1, 7, 199, 10_000] {
            let found = try await scanAll(count: count)
            try expect(found.count == 198, "a scan of \(count) a page found \(found.count) keys of 198")
            for (index, key) in keys.enumerated() where index != 7 && index != 8 {
                try expect(found[key] == type(UInt8(index % 3)), "\(key) is missing or has another type")
            }
        }
        let page = try await store.scan(from: .start, count: 50, context: context)
        try expect(page.keys.count < 60, "a page of 50 has \(page.keys.count) keys")
    }

    func checkScanSurvivesChange() async throws {
        try await store.removeAll(context: context)
        let stable = freshKeys(120)
        let moving = freshKeys(60)
        for result in await store.apply(stable.map { Mutation(.put([1]), key: $0) }, context: context) {
            _ = try result.get()
        }
        var generator = ConformanceGenerator(seed: seed, type: type)
        let found = try await scanAll(count: 9) {
            var mutations: [Mutation] = []
            for _ in 0..<10 {
                let key = generator.element(moving)
                mutations.append(Mutation(generator.number(0...1) == 0 ? .put([2]) : .delete, key: key))
                mutations.append(Mutation(.put([3]), key: generator.element(stable)))
            }
            for result in await store.apply(mutations, context: context) { _ = try result.get() }
        }
        let missing = stable.filter { found[$0] == nil }
        try expect(missing.isEmpty, "keys that were there all the time are missing: \(missing)")
        let foreign = Set(found.keys).subtracting(stable).subtracting(moving)
        try expect(foreign.isEmpty, "keys nobody wrote: \(foreign)")
    }

    /// The words have the same 32-bit FNV-1a hash, and what follows them keeps it so.
    func checkScanKeepsCollisions() async throws {
        try await store.removeAll(context: context)
        let keys = ["costarring", "liquid"].map { Key("\($0){collision}") }
        try expect(KeyPosition(of: keys[0]) == KeyPosition(of: keys[1]), "the suite's colliding keys do not collide")
        for key in keys + freshKeys(5, slotTag: "collision") { try await write(Mutation(.put([1]), key: key)) }
        let found = try await scanAll(count: 1)
        try expect(found.count == 7, "a scan of 1 a page found \(found.count) keys of 7")
    }

    func checkScanBounds() async throws {
        for count in [0, -1, 10_001, Int.max] {
            do throws(StrataError) {
                _ = try await store.scan(from: .start, count: count, context: context)
            } catch {
                try expect(error.code == .invalidArgument, "a page of \(count) failed with \(error.code)")
                continue
            }
            try expect(false, "a page of \(count) was not refused with invalidArgument")
        }
        let end = KeyPosition(rawValue: UInt64(Slot.count) << 32 - 1)
        let last = try await store.scan(from: end, count: 10, context: context)
        try expect(last.next == nil, "the scan goes on after the last position")
    }

    func checkCount() async throws {
        try await store.removeAll(context: context)
        let keys = freshKeys(40)
        for result in await store.apply(keys.map { Mutation(.put([]), key: $0) }, context: context) {
            _ = try result.get()
        }
        try await expectCount(40)
        try await write(Mutation(.delete, key: keys[0]))
        try await write(Mutation(.touch, key: keys[1], expiry: .at(milliseconds: 5)))
        try await write(Mutation(.put([1]), key: keys[2]))
        try await expectCount(38)
    }

    func checkRemoveAll() async throws {
        let keys = freshKeys(30)
        var versions: [Version] = []
        for result in await store.apply(keys.map { Mutation(.put([1]), key: $0) }, context: context) {
            versions.append(try result.get().version)
        }
        versions[0] = try await write(Mutation(.delete, key: keys[0])).version
        try await store.removeAll(context: context)
        try await expectCount(0)
        let absences = try await read(keys)
        for (absence, version) in zip(absences, versions) {
            try expect(absence.content == .absent, "a key outlived the removal of all")
            try expect(absence.version > version, "absence \(absence.version) cannot replace a copy of \(version)")
        }
        try await store.removeAll(context: context)
        let later = try await read(keys)
        for (index, key) in keys.enumerated() {
            try expect(later[index].version >= absences[index].version, "a second removal lowered a version")
            let outcome = try await write(Mutation(.put([2]), key: key, condition: .ifAbsent))
            try expect(outcome.version > later[index].version, "\(outcome.version) is not above the removal's version")
        }
        try await expectCount(30)
    }

    func expectCount(_ due: Int, line: Int = #line) async throws {
        let count = try await store.count(context: context)
        try expect(count == due, "the store counts \(count) keys of \(due)", line: line)
    }
}
