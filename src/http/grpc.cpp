#include "http/grpc.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/number.h"
#include "codec/compress.h"
#include "codec/protobuf.h"
#include "http/content_encoding.h"
#include "http/health.h"

namespace belfry::http {
namespace {

constexpr std::string_view CONTENT_TYPE = "application/grpc";
constexpr std::string_view ENCODINGS = "identity,gzip,deflate,zstd,snappy";
constexpr size_t FRAME_HEAD_BYTES = 5;
constexpr size_t STATUS_MESSAGE_BYTES_MAX = 2048;  // it travels in a header field
constexpr int64_t TIMEOUT_MS_MAX = 365LL * 86'400'000;

/// google.rpc.Status with a google.rpc.RetryInfo, for the trailer grpc-status-details-bin.
///   Status      1 code   2 message   3 details* (Any)
///   Any         1 type_url   2 value
///   RetryInfo   1 retry_delay (Duration: 1 seconds   2 nanos)
std::string retry_details(GrpcCode code, std::string_view message, int64_t retry_after_ms) {
    std::string duration;
    codec::ProtoWriter(duration).varint(1, static_cast<uint64_t>(retry_after_ms / 1000));
    codec::ProtoWriter(duration).varint(2, static_cast<uint64_t>(retry_after_ms % 1000 * 1'000'000));
    std::string retry_info;
    codec::ProtoWriter(retry_info).bytes(1, duration);
    std::string any;
    codec::ProtoWriter(any).bytes(1, "type.googleapis.com/google.rpc.RetryInfo");
    codec::ProtoWriter(any).bytes(2, retry_info);
    std::string status;
    codec::ProtoWriter(status).varint(1, static_cast<uint64_t>(code));
    codec::ProtoWriter(status).bytes(2, message);
    codec::ProtoWriter(status).bytes(3, any);
    return status;
}

Result<std::string> decode_message(const GrpcFrame& frame, const Request& request, const GrpcLimits& limits) {
    const std::string_view encoding = request.header("grpc-encoding");
    std::string out;
    const codec::DecompressLimits bounds{.bytes_max = limits.message_bytes_max, .ratio_max = limits.ratio_max};
    if (!frame.compressed || encoding.empty() || encoding == "identity") {
        if (frame.compressed) return make_error(Code::invalid, "a compressed message without grpc-encoding");
        if (frame.message.size() > limits.message_bytes_max)
            return make_error(Code::exhausted, "the message is longer than {} bytes (http.decoded_bytes_max)",
                              limits.message_bytes_max);
        out = frame.message;
        return out;
    }
    const auto coding = codec::coding_from_name(encoding);
    if (!coding) return make_error(Code::not_found, "grpc-encoding {} is not known here", encoding.substr(0, 40));
    return codec::decompress(*coding, frame.message, bounds);
}

struct Adapter {
    GrpcMethod method;
    GrpcLimits limits;

    Response operator()(const Request& request) const {
        if (!request.http2 || !is_grpc(request))
            return error_response(415, "bad_data",
                                  "this is a method of gRPC: call it over HTTP/2 with content-type application/grpc");
        const Result<GrpcFrame> frame = read_grpc_frame(request.body);
        if (!frame.ok()) return grpc_response(GrpcReply::refuse(GrpcCode::internal, frame.error().message));
        GrpcReply reply;
        if (!frame->compressed && frame->message.size() <= limits.message_bytes_max) {
            reply = method(request, frame->message);
        } else {
            const Result<std::string> message = decode_message(*frame, request, limits);
            if (!message.ok()) {
                const bool unknown = message.error().code == Code::not_found;
                return grpc_response(GrpcReply::refuse(unknown ? GrpcCode::unimplemented : grpc_code(message.error()),
                                                       message.error().message));
            }
            reply = method(request, *message);
        }
        const bool compress = reply.code == GrpcCode::ok && reply.body.size() >= COMPRESS_BYTES_MIN &&
                              accepts_gzip(request.header("grpc-accept-encoding"));
        if (!compress) return grpc_response(std::move(reply));
        const std::string packed = codec::compress(codec::Coding::gzip, reply.body, 1);
        Response out = grpc_response(std::move(reply));
        out.body = write_grpc_frame(packed, true);
        out.set_header("grpc-encoding", "gzip");
        return out;
    }
};

}  // namespace

GrpcCode grpc_code(const Error& error) {
    switch (error.code) {
        case Code::invalid:
        case Code::corrupt: return GrpcCode::invalid_argument;
        case Code::not_found: return GrpcCode::not_found;
        case Code::conflict: return GrpcCode::already_exists;
        case Code::exhausted: return GrpcCode::resource_exhausted;
        case Code::unavailable: return GrpcCode::unavailable;
        case Code::timeout: return GrpcCode::deadline_exceeded;
        case Code::internal: break;
    }
    return GrpcCode::internal;
}

GrpcCode grpc_code_of_http(int status) {
    switch (status) {
        case 400: return GrpcCode::invalid_argument;
        case 401: return GrpcCode::unauthenticated;
        case 403: return GrpcCode::permission_denied;
        case 404:
        case 405:
        case 415:
        case 501: return GrpcCode::unimplemented;
        case 408: return GrpcCode::deadline_exceeded;
        case 413:
        case 429:
        case 431: return GrpcCode::resource_exhausted;
        case 502:
        case 503:
        case 504: return GrpcCode::unavailable;
        default: return GrpcCode::internal;
    }
}

bool is_grpc(const Request& request) {
    const std::string_view type = request.header("content-type");
    if (!type.starts_with(CONTENT_TYPE)) return false;
    const std::string_view rest = type.substr(CONTENT_TYPE.size());
    return rest.empty() || rest[0] == '+' || rest[0] == ';';
}

Response grpc_response(GrpcReply reply) {
    Response out;
    out.content_type = "application/grpc";
    out.set_header("grpc-accept-encoding", ENCODINGS);
    const std::string code = std::to_string(static_cast<int>(reply.code));
    if (reply.code == GrpcCode::ok) {
        out.body = write_grpc_frame(reply.body);
        out.trailers.emplace_back("grpc-status", code);
        return out;
    }
    // without a message there is one block of fields only: "Trailers-Only"
    reply.message.resize(std::min(reply.message.size(), STATUS_MESSAGE_BYTES_MAX));
    out.set_header("grpc-status", code);
    out.set_header("grpc-message", encode_grpc_message(reply.message));
    if (reply.retry_after_ms > 0) {
        // gRPC's binary fields are written without padding
        out.set_header(
            "grpc-status-details-bin",
            encode_base64(retry_details(reply.code, reply.message, reply.retry_after_ms), {.padded = false}));
    }
    return out;
}

Response grpc_refusal(const Response& refusal) {
    std::string message = fmt::format("HTTP status {}", refusal.status);
    if (const auto json = JsonView::parse(refusal.body); json.ok()) message = json->string_or("error", message);
    int64_t retry_after_ms = 0;
    for (const auto& [name, value] : refusal.headers)
        if (name == "Retry-After") retry_after_ms = 1000 * parse_int(value).value_or(0);
    return grpc_response(GrpcReply::refuse(grpc_code_of_http(refusal.status), std::move(message), retry_after_ms));
}

Result<GrpcFrame> read_grpc_frame(std::string_view body) {
    if (body.size() < FRAME_HEAD_BYTES) return make_error(Code::invalid, "the call has no message");
    const auto flag = static_cast<uint8_t>(body[0]);
    if (flag > 1) return make_error(Code::invalid, "a message with an unknown flag {}", flag);
    const uint32_t size = get_be32(body.data() + 1);
    body.remove_prefix(FRAME_HEAD_BYTES);
    if (size > body.size())
        return make_error(Code::invalid, "a message of {} bytes of which {} came", size, body.size());
    if (size < body.size()) return make_error(Code::invalid, "more than one message in a unary call");
    return GrpcFrame{flag == 1, body};
}

std::string write_grpc_frame(std::string_view message, bool compressed) {
    std::string out;
    out.reserve(FRAME_HEAD_BYTES + message.size());
    out.push_back(compressed ? '\1' : '\0');
    put_be32(out, static_cast<uint32_t>(message.size()));
    out += message;
    return out;
}

std::optional<int64_t> parse_grpc_timeout_ms(std::string_view text) {
    if (text.size() < 2 || text.size() > 9) return std::nullopt;
    int64_t value = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = 10 * value + (c - '0');
    }
    switch (text.back()) {
        case 'H': return std::min(value * 3'600'000, TIMEOUT_MS_MAX);
        case 'M': return std::min(value * 60'000, TIMEOUT_MS_MAX);
        case 'S': return std::min(value * 1000, TIMEOUT_MS_MAX);
        case 'm': return value;
        case 'u': return value / 1000;
        case 'n': return value / 1'000'000;
        default: return std::nullopt;
    }
}

std::string encode_grpc_message(std::string_view text) {
    constexpr std::string_view HEX = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '%') {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(HEX[byte >> 4]);
            out.push_back(HEX[byte & 15]);
        }
    }
    return out;
}

void add_grpc_method(Router& router, std::string path, Access access, GrpcMethod method, GrpcLimits limits) {
    // content-encoding is not gRPC's: its messages say themselves how they are packed
    router.add("POST", std::move(path), access, Adapter{std::move(method), limits}, {.raw_body = true, .grpc = true});
}

void add_grpc_health(Router& router, const Readiness& readiness, GrpcLimits limits) {
    // HealthCheckRequest: 1 service; HealthCheckResponse: 1 status (1 serving, 2 not serving). "" is the whole server.
    const auto check = [&router, &readiness](const Request&, std::string_view message) {
        codec::ProtoReader fields(message);
        std::string_view service;
        while (fields.next())
            if (fields.field() == 1) service = fields.bytes();
        if (!fields.ok()) return GrpcReply::refuse(GrpcCode::invalid_argument, "malformed HealthCheckRequest message");
        const std::string prefix = fmt::format("/{}/", service);
        const auto& routes = router.routes();
        const bool known = service.empty() || std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
                               return route.options.grpc && route.pattern.starts_with(prefix);
                           });
        if (!known) return GrpcReply::refuse(GrpcCode::not_found, fmt::format("no service {}", service.substr(0, 200)));
        GrpcReply reply;
        codec::ProtoWriter(reply.body).varint(1, readiness.reasons().empty() ? 1 : 2);
        return reply;
    };
    add_grpc_method(router, "/grpc.health.v1.Health/Check", Access::open, check, limits);
}

}  // namespace belfry::http
