#include "ingest/opentsdb/listener.h"

#include "ingest/http_answer.h"
#include "ingest/opentsdb/map.h"

namespace belfry::ingest::opentsdb {
namespace {

// {"error":{"code":400,"message":"..."}}
http::Response error_answer(const WriteAnswer& answer) {
    JsonWriter json;
    json.begin_object().key("error").begin_object().field("code", answer.status).field("message", answer.message);
    http::Response out = http::json_response(json.end_object().end_object().take());
    out.status = answer.status;
    if (!answer.retry_after_s.empty()) out.set_header("Retry-After", answer.retry_after_s);
    return out;
}

// {"success":1,"failed":1,"errors":[{"datapoint":{...},"error":"..."}]}; errors only with `details`. Points behind the
// first hundred bad ones, and all but the first that the writer refused, are counted only.
http::Response counted_answer(const WriteAnswer& answer,
                              const WriteOutcome& outcome,
                              const BadPoints& bad,
                              bool details) {
    JsonWriter json;
    json.begin_object()
        .field("success", outcome.accepted_samples)
        .field("failed", outcome.rejected_samples + bad.count);
    if (details) {
        json.key("errors").begin_array();
        for (const BadPoint& point : bad.first)
            json.begin_object().key("datapoint").raw(point.point).field("error", point.message).end_object();
        if (outcome.rejected_samples > 0)
            json.begin_object()
                .field("series", outcome.first_series)
                .field("error", outcome.first_message)
                .end_object();
        json.end_array();
    }
    http::Response out = http::json_response(json.end_object().take());
    out.status = answer.ok() ? 200 : answer.status;
    if (!answer.retry_after_s.empty()) out.set_header("Retry-After", answer.retry_after_s);
    return out;
}

struct Handler {
    MetricSink sink;
    ReceiverStats& stats;

    http::Response operator()(const http::Request& request) const {
        if (request.body.size() > BODY_BYTES_MAX) {
            const std::string message = fmt::format("a body of {} bytes, limit {}; send fewer points at once",
                                                    request.body.size(), BODY_BYTES_MAX);
            stats.refused("too_large", 1, message, "");
            return error_answer({413, "too_large", message});
        }
        const Result<JsonView> document = JsonView::parse(request.body);
        if (!document.ok()) return error_answer(judge_error(document.error(), "malformed", stats));
        PointMapper mapper;
        WireBatch batch;
        mapper.map(*document, batch);
        batch.tenant = request.identity.tenant;
        const BadPoints& bad = mapper.bad_points();
        if (bad.count > 0) stats.refused("malformed", bad.count, bad.first[0].message, bad.first[0].point);
        WriteOutcome outcome;
        if (!batch.samples.empty()) {
            Result<WriteOutcome> written = sink(batch);
            if (!written.ok())
                return error_answer(judge_error(written.error(), refusal_reason(written.error()), stats));
            outcome = *std::move(written);
        }
        WriteAnswer answer = judge_write(outcome, request, stats);
        if (bad.count > 0 && answer.status != 429)
            answer = {400, "bad_data",
                      fmt::format("{} points refused, {} taken; first: {}", bad.count + outcome.rejected_samples,
                                  outcome.accepted_samples, bad.first[0].message)};
        const bool details = request.query.has("details");
        if (details || request.query.has("summary")) return counted_answer(answer, outcome, bad, details);
        return answer.ok() ? http::empty_response(204) : error_answer(answer);
    }
};

}  // namespace

void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats) {
    const Handler handler{std::move(sink), stats};
    for (const char* path : {"/api/put", "/opentsdb/api/put"})
        router.add("POST", path, http::Access::ingest, handler, {.plain_body = true});
}

}  // namespace belfry::ingest::opentsdb
