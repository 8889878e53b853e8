/// Elements that are taken and given back one by one, in cells that are used again.
struct Pool<Element>: ~Copyable {
    private var elements: CellArray<Element>
    private var vacant: CellArray<CellIndex>
    private var vacantCount = 0
    private var used: CellIndex = 0
    private let filler: Element

    /// An empty pool.
    ///
    /// - Parameter filler: what an unused cell holds.
    init(filler: Element) {
        self.filler = filler
        elements = CellArray(filler: filler)
        vacant = CellArray(filler: -1)
    }

    /// How many elements are taken.
    var count: Int { Int(used) - vacantCount }

    /// How many cells there are, taken and vacant; they have the numbers below.
    var cellCount: CellIndex { used }

    /// Where an element is; valid as long as the pool is.
    @inline(__always)
    func pointer(to index: CellIndex) -> UnsafeMutablePointer<Element> { elements.pointer(to: index) }

    subscript(index: CellIndex) -> Element {
        get { elements.pointer(to: index).pointee }
        nonmutating set { elements.pointer(to: index).pointee = newValue }
        nonmutating _modify { yield &elements.pointer(to: index).pointee }
    }

    /// Puts an element into a cell.
    mutating func take(_ element: Element) -> CellIndex {
        let index: CellIndex
        if vacantCount > 0 {
            vacantCount -= 1
            index = vacant.pointer(to: CellIndex(vacantCount)).pointee
        } else {
            precondition(used < .max, "a pool of \(used) elements is full")
            index = used
            used += 1
            elements.grow(toHold: index)
        }
        elements.pointer(to: index).pointee = element
        return index
    }

    /// Empties a cell that was taken.
    mutating func giveBack(_ index: CellIndex) {
        elements.pointer(to: index).pointee = filler
        vacant.grow(toHold: CellIndex(vacantCount))
        vacant.pointer(to: CellIndex(vacantCount)).pointee = index
        vacantCount += 1
    }
}
