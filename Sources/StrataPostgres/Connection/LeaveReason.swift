/// Why a connection takes no more requests, to be closed when those on their way are answered.
enum LeaveReason: String {
    case age = "the connection has reached its age"
    case readOnlyServer = "the server takes no writes any more"
    case outdatedPlans = "its prepared statements are out of date"
}
