import StrataCore

extension BreakerSettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        self.init()
        let ratio = ScalarForm.number(in: 0.01...1)
        if let ratio = try section.value("failure-ratio", ratio) { failureRatio = ratio }
        if let ratio = try section.value("slow-ratio", ratio) { slowRatio = ratio }
        if let share = try section.value("slow-share", ratio) { slowShare = share }
        if let count = try section.value("minimum-calls", .integer(in: 1...1_000_000)) { minimumCalls = count }
        if let window = try section.value("window", .duration(in: .milliseconds(10) ... .seconds(3600))) {
            self.window = window
        }
        if let count = try section.value("trials", .integer(in: 1...1000)) { trials = count }
        let first = try section.value("pause", .timeout) ?? pause.first
        let last = try section.value("longest-pause", .timeout) ?? max(first, pause.last)
        guard first <= last else {
            throw section.error("longest-pause", "it is below pause, \(first.configurationText)")
        }
        pause = Backoff(first: first, last: last)
    }
}
