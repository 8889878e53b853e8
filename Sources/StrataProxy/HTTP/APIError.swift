import HTTPTypes
import Hummingbird
import NIOCore
import StrataCore

/// An error response: a status, and a JSON body that says what happened and what to do.
struct APIError: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    var headers = HTTPFields()

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The status that tells who can do something about an error of a level.
    init(_ error: StrataError) {
        code = error.code.name
        message = error.description
        status =
            switch error.code {
            case .invalidArgument: .badRequest
            case .invalidOperation: .conflict
            case .overloaded, .unavailable, .timeout, .shutdown, .storage, .cancelled, .notOwned: .serviceUnavailable
            default: .internalServerError
            }
        if status == .serviceUnavailable { headers[.retryAfter] = "1" }
    }

    var response: Response {
        var fields = headers
        fields[.contentType] = "application/json"
        let body = "{\"error\":\(JSONText.string(code)),\"message\":\(JSONText.string(message))}\n"
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

/// Text as JSON writes it.
enum JSONText {
    /// A string in quotes (RFC 8259, section 7).
    static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
