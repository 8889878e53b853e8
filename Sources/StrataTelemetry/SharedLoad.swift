package import Tracing

/// A load that several callers share runs below the span of the one that started it; its spans link to the others'.
package enum SharedLoad {
    /// The contexts of the callers that a running load took along.
    @TaskLocal package static var otherCallers: [InstrumentationContext] = []
}
