#include "ingest/http_answer.h"

namespace belfry::ingest {
namespace {

// A full queue drains in seconds; a series limit passes when series end, or somebody raises it.
constexpr std::string_view RETRY_QUEUE_S = "2";
constexpr std::string_view RETRY_LIMIT_S = "30";

http::Response retry_later(int status,
                           std::string_view error_type,
                           std::string_view message,
                           std::string_view seconds) {
    http::Response out = http::error_response(status, error_type, message);
    out.set_header("Retry-After", std::string(seconds));
    return out;
}

}  // namespace

std::string_view refusal_reason(const Error& error) {
    switch (error.code) {
        case Code::exhausted: return "overloaded";
        case Code::unavailable:
        case Code::timeout: return "unavailable";
        case Code::invalid: return "invalid";
        default: return "internal";
    }
}

void report_refusals(const WriteOutcome& outcome, ReceiverStats& stats) {
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        if (outcome.rejected[i] == 0) continue;
        const auto reason = static_cast<Refusal>(i);
        const bool first = outcome.first_reason == reason;
        stats.refused(to_string(reason), outcome.rejected[i], first ? outcome.first_message : "",
                      first ? outcome.first_series : "");
    }
}

http::Response answer_write(const WriteOutcome& outcome, const http::Request& request, ReceiverStats& stats) {
    stats.accepted(outcome.accepted_samples, request.body.size(), request.remote_address);
    if (outcome.rejected_samples == 0) return http::empty_response(204);
    report_refusals(outcome, stats);
    const std::string message =
        fmt::format("{} of {} samples refused, the others are stored; first: {}", outcome.rejected_samples,
                    outcome.rejected_samples + outcome.accepted_samples, outcome.first_message);
    if (outcome.rejected[static_cast<size_t>(Refusal::series_limit)] > 0)
        return retry_later(429, "too_many_requests", message, RETRY_LIMIT_S);
    return http::error_response(400, "bad_data", message);
}

http::Response refuse_write(const Error& error, std::string_view reason, ReceiverStats& stats) {
    stats.refused(reason, 1, error.message, "");
    switch (error.code) {
        case Code::exhausted: return retry_later(429, "too_many_requests", error.message, RETRY_QUEUE_S);
        case Code::unavailable:
        case Code::timeout: return retry_later(503, "unavailable", error.message, RETRY_QUEUE_S);
        case Code::invalid:
        case Code::not_found: return http::error_response(400, "bad_data", error.message);
        default: return http::error_response(500, "internal", error.message);
    }
}

}  // namespace belfry::ingest
