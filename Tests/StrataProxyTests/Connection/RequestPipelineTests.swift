import StrataCore
import Testing

@testable import StrataProxy

@Suite struct RequestPipelineTests {
    private var pipeline = RequestPipeline<String>(capacity: 4, byteCapacity: 100)

    @Test mutating func repliesComeInTheOrderOfRequests() {
        let first = pipeline.begin(.reading(["a"]), bytes: 1)
        let second = pipeline.begin(.reading(["b"]), bytes: 1)
        pipeline.append("known")
        pipeline.answer(second, "two")
        #expect(pipeline.nextReply() == nil)
        pipeline.answer(first, "one")
        #expect([pipeline.nextReply(), pipeline.nextReply(), pipeline.nextReply()] == ["one", "two", "known"])
        #expect(pipeline.nextReply() == nil)
        #expect(pipeline.isIdle)
    }

    @Test mutating func onlyTheRequestThatNothingIsOwedBeforeIsAnsweredAtOnce() {
        let first = pipeline.begin(.writing(["a"]), bytes: 1)
        let second = pipeline.begin(.reading(["b"]), bytes: 1)
        let refused = pipeline.answerNext(second)
        #expect(!refused)
        pipeline.answer(second, "two")
        let answered = pipeline.answerNext(first)
        #expect(answered)
        #expect(pipeline.admits(.reading(["a"])))
        #expect([pipeline.nextReply(), pipeline.nextReply()] == ["two", nil])
        #expect(pipeline.isIdle)
        let third = pipeline.begin(.everything, bytes: 1)
        #expect(!pipeline.isIdle)
        let isNext = pipeline.answerNext(third)
        #expect(isNext && pipeline.isIdle && pipeline.admits(.everything))
    }

    @Test mutating func readsGoBesideReadsAndNotBesideAChangeOfTheirKey() {
        _ = pipeline.begin(.reading(["a"]), bytes: 1)
        #expect(pipeline.admits(.reading(["a", "b"])))
        #expect(!pipeline.admits(.writing(["b", "a"])))
        #expect(pipeline.admits(.writing(["b"])))
        let write = pipeline.begin(.writing(["b"]), bytes: 1)
        #expect(!pipeline.admits(.reading(["b"])))
        #expect(!pipeline.admitsImmediateRead(of: "b"))
        #expect(pipeline.admitsImmediateRead(of: "a"))
        pipeline.answer(write, "done")
        #expect(pipeline.admits(.reading(["b"])))
    }

    @Test mutating func changesOfAKeyJoinTheWaveThatIsCollectedAndNoOther() {
        let first = pipeline.begin(.writing(["a"]), bytes: 1)
        #expect(pipeline.admits(.writing(["a"])))
        let second = pipeline.begin(.writing(["a"]), bytes: 1)
        pipeline.startWave()
        #expect(!pipeline.admits(.writing(["a"])))
        pipeline.answer(first, "1")
        #expect(!pipeline.admits(.writing(["a"])))
        pipeline.answer(second, "2")
        #expect(pipeline.admits(.writing(["a"])))
    }

    @Test mutating func anExchangeIsAloneOnItsKeys() {
        let exchange = pipeline.begin(.exchanging(["a"]), bytes: 1)
        #expect(!pipeline.admits(.writing(["a"])))
        #expect(!pipeline.admits(.reading(["a"])))
        #expect(!pipeline.admits(.exchanging(["a"])))
        #expect(pipeline.admits(.exchanging(["b"])))
        pipeline.answer(exchange, "done")
        _ = pipeline.begin(.writing(["a"]), bytes: 1)
        #expect(!pipeline.admits(.exchanging(["a"])))
    }

    @Test mutating func whatTouchesEverythingIsAlone() {
        let read = pipeline.begin(.reading(["a"]), bytes: 1)
        #expect(!pipeline.admits(.everything))
        pipeline.answer(read, "1")
        let all = pipeline.begin(.everything, bytes: 1)
        #expect(!pipeline.admits(.reading(["b"])))
        #expect(!pipeline.admitsImmediateRead(of: "b"))
        pipeline.answer(all, "2")
        #expect(pipeline.admits(.reading(["b"])))
    }

    @Test mutating func theSameKeyTwiceInOneRequestIsReleasedTwice() {
        let ticket = pipeline.begin(.writing(["a", "a"]), bytes: 1)
        pipeline.startWave()
        pipeline.answer(ticket, "2")
        #expect(pipeline.admits(.reading(["a"])))
        #expect(pipeline.admits(.everything))
    }

    @Test mutating func aChangeSeesTheReadsThatBeganBeforeIt() {
        let reads = [pipeline.begin(.reading(["a", "b"]), bytes: 1), pipeline.begin(.reading(["a"]), bytes: 1)]
        #expect(!pipeline.admits(.writing(["b"])))
        #expect(!pipeline.admits(.exchanging(["a"])))
        let write = pipeline.begin(.writing(["c"]), bytes: 1)
        #expect(!pipeline.admits(.writing(["b"])))
        #expect(!pipeline.admits(.reading(["c"])))
        pipeline.answer(reads[0], "1")
        #expect(!pipeline.admits(.writing(["a"])))
        #expect(pipeline.admits(.exchanging(["b"])))
        pipeline.answer(reads[1], "2")
        #expect(pipeline.admits(.exchanging(["a"])))
        pipeline.answer(write, "3")
        #expect(pipeline.admits(.everything))
    }

    @Test mutating func placesAreBounded() {
        for key in ["a", "b", "c", "d"] as [Key] { _ = pipeline.begin(.reading([key]), bytes: 1) }
        #expect(!pipeline.admits(.reading(["e"])))
    }

    @Test mutating func bytesAreBoundedAndOneRequestMayHaveMore() {
        let large = pipeline.begin(.writing(["a"]), bytes: 1000)
        #expect(!pipeline.admits(.reading(["b"])))
        pipeline.answer(large, "done")
        #expect(pipeline.admits(.reading(["b"])))
    }

    /// Random requests against a model: no request runs beside one that it conflicts with, all are answered, in order.
    @Test func randomTrafficKeepsOrderAndIsolation() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var pipeline = RequestPipeline<Int>(capacity: 8, byteCapacity: 100)
            var running: [(ticket: RequestPipeline<Int>.Ticket, number: Int, access: RequestAccess)] = []
            var (next, replied) = (0, 0)
            while replied < 60 {
                if next < 60, Bool.random(using: &generator) {
                    let key = Key("k\(Int.random(in: 0..<3, using: &generator))")
                    let access: RequestAccess =
                        [.reading([key]), .writing([key]), .exchanging([key]), .everything].randomElement(
                            using: &generator) ?? .everything
                    guard pipeline.admits(access) else { continue }
                    for other in running {
                        switch (access, other.access) {
                        case (.reading, .reading): break
                        case (.writing(let new), .writing(let old)) where new == old: break
                        case (.reading(let new), .writing(let old)), (.writing(let new), .reading(let old)),
                            (.exchanging(let new), .reading(let old)), (.exchanging(let new), .writing(let old)),
                            (.reading(let new), .exchanging(let old)), (.writing(let new), .exchanging(let old)),
                            (.exchanging(let new), .exchanging(let old)), (.writing(let new), .writing(let old)):
                            #expect(new != old)
                        case (.everything, _), (_, .everything):
                            Issue.record("something runs beside a request for everything")
                        }
                    }
                    running.append((pipeline.begin(access, bytes: 1), next, access))
                    next += 1
                    if Bool.random(using: &generator) { pipeline.startWave() }
                } else if let index = running.indices.randomElement(using: &generator) {
                    let done = running.remove(at: index)
                    pipeline.answer(done.ticket, done.number)
                }
                while let reply = pipeline.nextReply() {
                    #expect(reply == replied)
                    replied += 1
                }
            }
            #expect(pipeline.isIdle && pipeline.admits(.everything))
        }
    }
}
