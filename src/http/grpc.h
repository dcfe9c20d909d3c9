#pragma once

#include "base/result.h"
#include "http/fwd.h"
#include "http/router.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::http {

/// The status codes of gRPC, by their numbers on the wire.
enum class GrpcCode : int {
    ok = 0,
    cancelled = 1,
    unknown = 2,
    invalid_argument = 3,
    deadline_exceeded = 4,
    not_found = 5,
    already_exists = 6,
    permission_denied = 7,
    resource_exhausted = 8,
    unimplemented = 12,
    internal = 13,
    unavailable = 14,
    unauthenticated = 16,
};

/// What a method answers: a message, or a code with a sentence.
struct GrpcReply {
    GrpcCode code = GrpcCode::ok;
    std::string message = {};    // a sentence, when it is not ok
    std::string body = {};       // an encoded protobuf message, when it is
    int64_t retry_after_ms = 0;  // not 0: google.rpc.RetryInfo says when to come again

    [[nodiscard]] static GrpcReply refuse(GrpcCode code, std::string message, int64_t retry_after_ms = 0) {
        return {code, std::move(message), {}, retry_after_ms};
    }
};

/// The one table from our errors to gRPC's codes.
[[nodiscard]] GrpcCode grpc_code(const Error& error);
/// From a status of HTTP, for what is refused before any method sees it.
[[nodiscard]] GrpcCode grpc_code_of_http(int status);

/// One unary call: `message` is decompressed, valid until it returns. On a worker.
using GrpcMethod = std::function<GrpcReply(const Request& request, std::string_view message)>;

struct GrpcLimits {
    uint64_t message_bytes_max = 0;  // after its compression is undone
    uint64_t ratio_max = 0;          // decompressed / sent, looked at beyond 1 MiB
};

/// Adds a unary method to the routes: `path` is "/package.Service/Method". Calls pass the same checks as every request.
void add_grpc_method(Router& router, std::string path, Access access, GrpcMethod method, GrpcLimits limits);

/// grpc.health.v1.Health/Check: serving while ready. Both outlive the server.
void add_grpc_health(Router& router, const Readiness& readiness, GrpcLimits limits);

/// A refusal in HTTP's words, as a gRPC client understands it: the status moves to the trailers.
[[nodiscard]] Response grpc_refusal(const Response& refusal);
[[nodiscard]] Response grpc_response(GrpcReply reply);
/// application/grpc, application/grpc+proto: a call of gRPC (its other encodings are answered as such, too).
[[nodiscard]] bool is_grpc(const Request& request);

/// The one message of a unary call's body: a byte (compressed or not), its length, big-endian 32 bits, the message.
struct GrpcFrame {
    bool compressed = false;
    std::string_view message;
};
[[nodiscard]] Result<GrpcFrame> read_grpc_frame(std::string_view body);
[[nodiscard]] std::string write_grpc_frame(std::string_view message, bool compressed = false);

/// "100m" -> 100; at most 8 digits and a unit of H M S m u n. Nothing when malformed.
[[nodiscard]] std::optional<int64_t> parse_grpc_timeout_ms(std::string_view text);
/// Everything but printable ASCII, and '%', as %XX.
[[nodiscard]] std::string encode_grpc_message(std::string_view text);

}  // namespace belfry::http
