import NIOCore
import StrataCore

/// A reply that is known and waits for those before it; it is written out only when its turn has come.
enum PendingReply {
    case bytes(ByteBuffer)
    case rendering(Rendering)
    case read(ReadPlan.Answers, ReadPlan.Render)
    case write(WritePlan.Answers, @Sendable (WritePlan.Answers, inout ReplyWriter) -> Void)

    func render(to reply: inout ReplyWriter) {
        switch self {
        case .bytes(let buffer): reply.append(buffer)
        case .rendering(let rendering): rendering(&reply)
        case .read(let answers, let render): render(answers, &reply)
        case .write(let answers, let render): render(answers, &reply)
        }
    }
}
