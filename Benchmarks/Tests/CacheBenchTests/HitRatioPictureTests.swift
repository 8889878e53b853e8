import Foundation
import Testing

@testable import CacheBench
@testable import LevelOne

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct HitRatioPictureTests {
    /// What an XML parser saw.
    private final class Recorder: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append((name, attributes))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func parse(_ svg: String) throws -> Recorder {
        let parser = XMLParser(data: Data(svg.utf8))
        let recorder = Recorder()
        parser.delegate = recorder
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return recorder
    }

    private func series(_ trace: String, reference: Bool) throws -> [HitRatioSeries] {
        let csv = "trace,capacity,LRU,ARC,LIRS,Belady\n\(trace),16,10,20,5,40\n\(trace),64,30,25,35,60\n"
        let reports = [(16, 19.0), (16, 19.0), (64, 36.5)].map {
            TraceReplay.Report(trace: trace, capacity: $0.0, policy: "adaptive", hitRatio: $0.1)
        }
        return HitRatioSeries.all(of: reports, beside: reference ? try ReferenceRatios(csv: csv) : nil)
    }

    @Test func comparesWithLRUTheBestOfTheOthersAndTheOptimum() throws {
        let points = try #require(try series("loop", reference: true).first).points
        #expect(points.map(\.capacity) == [16, 64], "a capacity that comes twice is shown once")
        #expect(points.map(\.engine) == [19, 36.5])
        #expect(points.map { $0.reference?.lru } == [10, 30])
        #expect(points.map { $0.reference?.best } == [20, 35])
        #expect(points.map { $0.reference?.optimum } == [40, 60])
    }

    @Test func drawsFourLinesPerTraceWithinThePicture() throws {
        let all = try (0..<4).flatMap { try series("trace-\($0)", reference: true) }
        let drawn = try parse(HitRatioPicture(policy: "adaptive", series: all).svg)
        let lines = drawn.elements.filter { $0.name == "polyline" }
        #expect(lines.count == 16)
        #expect(Set(lines.compactMap { $0.attributes["class"] }) == ["engine", "lru", "best", "optimum"])
        #expect((0..<4).allSatisfy { drawn.text.contains("trace-\($0)") })
        for line in lines {
            let points = try #require(line.attributes["points"]).split(separator: " ").map { point in
                point.split(separator: ",").compactMap { Double($0) }
            }
            #expect(points.count == 2)
            #expect(points.allSatisfy { $0[0] >= 0 && $0[0] <= LineChart.size.width })
            #expect(points.allSatisfy { $0[1] >= 0 && $0[1] <= LineChart.size.height })
            #expect(points[0][0] < points[1][0] && points[0][1] > points[1][1], "more capacity, higher up")
        }
    }

    @Test func drawsTheEngineAloneWithoutAReference() throws {
        let drawn = try parse(
            HitRatioPicture(policy: "lru", series: try series("a", reference: false)).svg)
        #expect(drawn.elements.filter { $0.name == "polyline" }.map { $0.attributes["class"] } == ["engine"])
    }

    @Test func namesWithMarkupAndControlCharactersStayText() throws {
        let name = "<a & \"b\">\u{1}"
        let drawn = try parse(HitRatioPicture(policy: "lru", series: try series(name, reference: false)).svg)
        #expect(drawn.text.contains("<a & \"b\">\u{FFFD}"))
    }

    @Test func anEmptyPictureIsStillAPicture() throws {
        let drawn = try parse(HitRatioPicture(policy: "lru", series: []).svg)
        #expect(drawn.elements.first?.name == "svg" && drawn.elements.first?.attributes["width"] != nil)
    }
}
