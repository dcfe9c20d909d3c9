#include "ingest/http_answer.h"

namespace belfry::ingest {
namespace {

// A full queue drains in seconds; a series limit passes when series end, or somebody raises it.
constexpr std::string_view RETRY_QUEUE_S = "2";
constexpr std::string_view RETRY_LIMIT_S = "30";

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
    if (outcome.rejected_exemplars > 0)
        stats.refused("exemplar", outcome.rejected_exemplars, outcome.first_exemplar_message, "");
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        if (outcome.rejected[i] == 0) continue;
        const auto reason = static_cast<Refusal>(i);
        const bool first = outcome.first_reason == reason;
        stats.refused(to_string(reason), outcome.rejected[i], first ? outcome.first_message : "",
                      first ? outcome.first_series : "");
    }
}

WriteAnswer judge_write(const WriteOutcome& outcome, const http::Request& request, ReceiverStats& stats) {
    stats.accepted(outcome.accepted_samples, request.body.size(), request.remote_address);
    report_refusals(outcome, stats);
    if (outcome.rejected_samples == 0) return {};
    std::string message =
        fmt::format("{} of {} samples refused, the others are stored; first: {}", outcome.rejected_samples,
                    outcome.rejected_samples + outcome.accepted_samples, outcome.first_message);
    if (outcome.rejected[static_cast<size_t>(Refusal::series_limit)] > 0)
        return {429, "too_many_requests", std::move(message), RETRY_LIMIT_S};
    return {400, "bad_data", std::move(message)};
}

WriteAnswer judge_error(const Error& error, std::string_view reason, ReceiverStats& stats) {
    stats.refused(reason, 1, error.message, "");
    switch (error.code) {
        case Code::exhausted: return {429, "too_many_requests", error.message, RETRY_QUEUE_S};
        case Code::unavailable:
        case Code::timeout: return {503, "unavailable", error.message, RETRY_QUEUE_S};
        case Code::invalid:
        case Code::not_found: return {400, "bad_data", error.message};
        default: return {500, "internal", error.message};
    }
}

http::Response render(const WriteAnswer& answer) {
    if (answer.ok()) return http::empty_response(204);
    http::Response out = http::error_response(answer.status, answer.error_type, answer.message);
    if (!answer.retry_after_s.empty()) out.set_header("Retry-After", answer.retry_after_s);
    return out;
}

http::Response answer_write(const WriteOutcome& outcome, const http::Request& request, ReceiverStats& stats) {
    return render(judge_write(outcome, request, stats));
}

http::Response refuse_write(const Error& error, std::string_view reason, ReceiverStats& stats) {
    return render(judge_error(error, reason, stats));
}

}  // namespace belfry::ingest
