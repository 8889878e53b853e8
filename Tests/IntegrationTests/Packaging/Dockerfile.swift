/// A Dockerfile's instructions, as far as a test has to understand them.
struct Dockerfile {
    struct Instruction {
        var name: String
        var arguments: String
    }

    /// The instructions of each stage, its FROM first.
    let stages: [[Instruction]]

    init(_ text: String) {
        let lines = text.replacing("\\\n", with: " ").split(separator: "\n").filter { !$0.hasPrefix("#") }
        var stages: [[Instruction]] = []
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            if words[0] == "FROM" { stages.append([]) }
            stages[stages.count - 1].append(Instruction(name: String(words[0]), arguments: String(words[1])))
        }
        self.stages = stages
    }

    /// The arguments of all instructions of a name in a stage.
    func arguments(_ name: String, stage: Int) -> [String] {
        stages[stage].filter { $0.name == name }.map(\.arguments)
    }

    /// The packages that a stage installs.
    func packages(stage: Int) -> Set<String> {
        var packages: Set<String> = []
        for command in arguments("RUN", stage: stage).flatMap({ $0.split(separator: "&&") }) {
            let words = command.split(separator: " ")
            guard words.starts(with: ["apt-get", "install"]) else { continue }
            packages.formUnion(words.dropFirst(2).filter { !$0.hasPrefix("-") }.map(String.init))
        }
        return packages
    }

    /// What a stage copies out of the repository.
    func copies(stage: Int) -> [String] {
        arguments("COPY", stage: stage).filter { !$0.contains("--from=") }.flatMap { arguments in
            arguments.split(separator: " ").filter { !$0.hasPrefix("--") }.dropLast().map(String.init)
        }
    }
}
