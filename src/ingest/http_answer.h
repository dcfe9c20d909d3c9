#pragma once

#include "http/message.h"
#include "ingest/metric/writer.h"
#include "ingest/receiver_stats.h"

#include <string_view>

namespace belfry::ingest {

/// How every HTTP receiver of metrics answers a write, and what it reports of it. A sender sends again what was
/// answered with 429 or 503, and drops what was answered with 400. `judge_*` decide and report; a protocol with error
/// bodies of its own renders what they decided, the others take `answer_write` and `refuse_write`.
struct WriteAnswer {
    int status = 204;
    std::string_view error_type = {};     // "bad_data", "too_many_requests", "unavailable", "internal"
    std::string message = {};             // a sentence; "" when all was taken
    std::string_view retry_after_s = {};  // "" or the seconds of Retry-After

    [[nodiscard]] bool ok() const { return status == 204; }
};

[[nodiscard]] WriteAnswer judge_write(const WriteOutcome& outcome, const http::Request& request, ReceiverStats& stats);
[[nodiscard]] WriteAnswer judge_error(const Error& error, std::string_view reason, ReceiverStats& stats);
/// In the shape of Prometheus' API.
[[nodiscard]] http::Response render(const WriteAnswer& answer);

/// All taken: 204. Some refused: the rest is kept; 429 when it may pass later (series limit), else 400 naming the
/// first.
[[nodiscard]] http::Response answer_write(const WriteOutcome& outcome,
                                          const http::Request& request,
                                          ReceiverStats& stats);

/// Nothing was taken: 429 (`exhausted`) or 503 (`unavailable`) with Retry-After, 400 or 500. `reason` names it for the
/// counters.
[[nodiscard]] http::Response refuse_write(const Error& error, std::string_view reason, ReceiverStats& stats);

/// Counts a write's refused samples by reason; the first refused row is their example.
void report_refusals(const WriteOutcome& outcome, ReceiverStats& stats);

/// The word under which a writer's error is counted: "overloaded", "unavailable", "invalid", "internal".
[[nodiscard]] std::string_view refusal_reason(const Error& error);

}  // namespace belfry::ingest
