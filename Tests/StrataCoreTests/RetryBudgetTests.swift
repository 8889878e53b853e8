import StrataCore
import StrataTestSupport
import Testing

@Suite("Retry budget")
struct RetryBudgetTests {
    private func allowed(_ budget: inout RetryBudget, of attempts: Int) -> Int {
        (0..<attempts).count { _ in budget.take() }
    }

    @Test func `without a request there is the reserve`() {
        var budget = RetryBudget(RetryBudgetOptions(ratio: 0.1, reserve: 3))
        #expect(allowed(&budget, of: 10) == 3)
        let isAllowed = budget.take()
        #expect(!isAllowed)
    }

    @Test func `every tenth request pays for a retry, exactly`() {
        var budget = RetryBudget(RetryBudgetOptions(ratio: 0.1, reserve: 0, most: 10))
        for request in 1...1000 {
            budget.earn(1)
            let isAllowed = budget.take()
            #expect(isAllowed == (request % 10 == 0))
        }
    }

    @Test func `what is not used is kept up to a bound`() {
        var budget = RetryBudget(RetryBudgetOptions(ratio: 0.5, reserve: 1, most: 20))
        budget.earn(1_000_000)
        budget.earn(.max)
        #expect(allowed(&budget, of: 100) == 20)
    }

    @Test func `a ratio of nothing leaves the reserve`() {
        var budget = RetryBudget(RetryBudgetOptions(ratio: 0, reserve: 2))
        budget.earn(1_000_000)
        #expect(allowed(&budget, of: 10) == 2)
    }

    @Test(arguments: 1...20)
    func `whatever comes in whatever order, retries stay below their part and the reserve`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var budget = RetryBudget(RetryBudgetOptions(ratio: 0.1, reserve: 10, most: 100))
        var (requests, retries) = (0, 0)
        for _ in 0..<5000 {
            let batch = Int.random(in: 0...20, using: &generator)
            budget.earn(batch)
            requests += batch
            retries += allowed(&budget, of: Int.random(in: 0...5, using: &generator))
            #expect(Double(retries) <= 10 + 0.1 * Double(requests) + 1e-6)
        }
        #expect(retries > 100)
    }
}
