#pragma once

#include "ingest/http_answer.h"
#include "ingest/metric_sink.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::ingest {

/// Lines of a text protocol that could not be read: counted, and the first of it in words.
struct BadLines {
    uint64_t count = 0;
    uint64_t first_number = 0;  // from 1
    std::string first_message;  // "line 17: ..."
    std::string first_line;

    void add(uint64_t number, std::string_view message, std::string_view line) {
        if (count++ > 0) return;
        first_number = number;
        first_message = message;
        first_line = line;
    }
};

/// One record of the log each: large enough that its sync does not matter, small enough for the queue's limits.
constexpr size_t TEXT_BATCH_SAMPLES = 10'000;

/// What the batches of one request came to.
struct TextWritten {
    WriteOutcome outcome;
    std::optional<Error> stopped_by;  // the sink took nothing of one batch; the ones behind it were not tried
};

/// Writes batch by batch what `fill` gives until it says false.
[[nodiscard]] TextWritten write_text(const MetricSink& sink,
                                     std::string_view tenant,
                                     const std::function<bool(WireBatch&)>& fill);

/// Reports and judges a request of lines: 429 and 503 win, since repeating helps; then 400 for a bad line, then for a
/// refused sample.
[[nodiscard]] WriteAnswer judge_text(const TextWritten& written,
                                     const BadLines& bad,
                                     const http::Request& request,
                                     ReceiverStats& stats);

}  // namespace belfry::ingest
