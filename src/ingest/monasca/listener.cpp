#include "ingest/monasca/listener.h"

#include "base/ascii.h"
#include "codec/log_record.h"
#include "http/titled_error.h"
#include "ingest/http_answer.h"
#include "ingest/monasca/log_decode.h"
#include "ingest/monasca/map.h"

namespace belfry::ingest::monasca {
namespace {

using http::Request;
using http::Response;

constexpr size_t BATCH_SAMPLES = 10'000;  // a record of the log each

std::string media_type(const Request& request) {
    const std::string_view header = request.header("content-type");
    return lower(trim_blanks(header.substr(0, header.find(';'))));
}

Response answer(const WriteAnswer& judged) {
    if (judged.ok()) return http::empty_response(204);
    Response out = http::titled_error(judged.status == 400 ? 422 : judged.status, judged.message);
    if (!judged.retry_after_s.empty()) out.set_header("Retry-After", judged.retry_after_s);
    return out;
}

Response refuse(ReceiverStats& stats, int status, std::string_view reason, const std::string& message) {
    stats.refused(reason, 1, message, "");
    return http::titled_error(status, message);
}

/// A body that could not be read.
Response refuse_body(ReceiverStats& stats, const Error& error) {
    return error.code == Code::corrupt ? refuse(stats, 400, "malformed", error.message)
                                       : refuse(stats, 422, "invalid", error.message);
}

struct Handler {
    std::shared_ptr<const Receiver> to;

    [[nodiscard]] Result<std::string> tenant_of(const Request& request) const {
        std::optional<std::string> wanted = request.query.get("tenant_id");
        if (!wanted) wanted = request.query.get("project_id");
        return http::delegated_tenant(request.identity, wanted.value_or(""));
    }

    Response metrics(const Request& request) const {
        ReceiverStats& stats = to->metric_stats;
        const auto tenant = tenant_of(request);
        if (!tenant) return refuse(stats, 401, "tenant", tenant.error().message);
        if (media_type(request) != "application/json")
            return refuse(stats, 400, "content_type", "the content type must be application/json");
        // An array is taken whole or not at all: what does not fit one batch is read twice, first to judge it.
        WireBatch batch;
        MetricMapper mapper(request.body);
        if (const auto filled = mapper.fill(batch, BATCH_SAMPLES); !filled) return refuse_body(stats, filled.error());
        const bool one_batch = batch.samples.size() < BATCH_SAMPLES;
        if (!one_batch) {
            for (;;) {
                const auto filled = mapper.fill(batch, BATCH_SAMPLES);
                if (!filled) return refuse_body(stats, filled.error());
                if (!*filled) break;
            }
        }
        WriteOutcome all;
        const auto write = [&](WireBatch& one) -> Status {
            one.tenant = *tenant;
            add(TRY(to->metrics(one)), all);
            return {};
        };
        Status written;
        if (one_batch) {
            if (!batch.samples.empty()) written = write(batch);
        } else {
            MetricMapper again(request.body);
            while (written.ok()) {
                const auto filled = again.fill(batch, BATCH_SAMPLES);
                if (!filled || !*filled) break;
                written = write(batch);
            }
        }
        if (!written.ok() && all.accepted_samples == 0)
            return answer(judge_error(written.error(), refusal_reason(written.error()), stats));
        const WriteAnswer judged = judge_write(all, request, stats);
        // what is sent again whole is known to the store again
        if (!written.ok()) return answer(judge_error(written.error(), refusal_reason(written.error()), stats));
        return answer(judged);
    }

    static void add(const WriteOutcome& one, WriteOutcome& all) {
        all.accepted_samples += one.accepted_samples;
        all.accepted_exemplars += one.accepted_exemplars;
        all.rejected_samples += one.rejected_samples;
        all.rejected_exemplars += one.rejected_exemplars;
        all.new_series += one.new_series;
        for (size_t i = 0; i < REFUSAL_COUNT; i++)
            all.rejected[i] += one.rejected[i];
        if (all.first_exemplar_message.empty()) all.first_exemplar_message = one.first_exemplar_message;
        if (!all.first_reason) {
            all.first_reason = one.first_reason;
            all.first_message = one.first_message;
            all.first_series = one.first_series;
        }
    }

    Response logs(const Request& request) const {
        ReceiverStats& stats = to->log_stats;
        const auto tenant = tenant_of(request);
        if (!tenant) return refuse(stats, 401, "tenant", tenant.error().message);
        if (media_type(request) != "application/json")
            return refuse(stats, 415, "content_type", "the content type must be application/json");
        if (auto refused = too_large(stats, request, to->config.log_bytes_max, "monasca.log_bytes_max"))
            return *std::move(refused);
        const auto body = JsonView::parse(request.body);
        if (!body) return refuse(stats, 400, "malformed", body.error().message);
        return write_logs(request, *tenant, decode_logs(*body, to->clock.now_ns()));
    }

    Response single_log(const Request& request) const {
        ReceiverStats& stats = to->log_stats;
        const auto tenant = tenant_of(request);
        if (!tenant) return refuse(stats, 401, "tenant", tenant.error().message);
        if (auto refused = too_large(stats, request, to->config.log_bytes_max, "monasca.log_bytes_max"))
            return *std::move(refused);
        const std::string type = media_type(request);
        std::string message = request.body;
        if (type == "application/json") {
            const auto body = JsonView::parse(request.body);
            if (!body) return refuse(stats, 400, "malformed", body.error().message);
            message = body->string_or("message", "");
            if (message.empty()) return refuse(stats, 422, "invalid", "message is missing, or not a text");
        } else if (type != "text/plain") {
            return refuse(stats, 415, "content_type", "the content type must be text/plain or application/json");
        }
        return write_logs(request, *tenant,
                          decode_single_log(message, request.header("x-application-type"),
                                            request.header("x-dimensions"), to->clock.now_ns()));
    }

    Response write_logs(const Request& request, const std::string& tenant, Result<model::LogBatch> batch) const {
        ReceiverStats& stats = to->log_stats;
        if (!batch) return refuse(stats, 422, "invalid", batch.error().message);
        batch->tenant = tenant;
        uint64_t lines = 0;
        for (const model::LogStream& stream : batch->streams)
            lines += stream.records.size();
        if (lines > 0) {
            std::vector<std::string> records;
            records.push_back(codec::encode_log_batch(*batch));
            if (Status written = to->logs(std::move(records)); !written.ok())
                return answer(judge_error(written.error(), refusal_reason(written.error()), stats));
            if (to->config.log_metrics) count_levels(*batch);
        }
        stats.accepted(lines, request.body.size(), request.remote_address);
        return http::empty_response(204);
    }

    /// A line of level WARN or ERROR is one sample with the value 1, so that count() and sum() of an alarm agree. Lines
    /// of one request lie a millisecond apart, for a series has one sample a time.
    void count_levels(const model::LogBatch& batch) const {
        WireBatch samples;
        samples.decoder = &canonical_label_decoder();
        samples.tenant = batch.tenant;
        std::deque<model::Labels> labels;
        for (const model::LogStream& stream : batch.streams) {
            for (const auto& [severity, name] :
                 {std::pair{model::LogSeverity::warn, "log.warn"}, std::pair{model::LogSeverity::error, "log.error"}}) {
                const bool worst = severity == model::LogSeverity::error;
                int64_t time_ms = 0;
                for (const model::LogRecord& record : stream.records) {
                    if (record.severity != severity && !(worst && record.severity == model::LogSeverity::fatal))
                        continue;
                    if (time_ms == 0) {
                        std::vector<model::Label> pairs{{model::METRIC_NAME, name}};
                        for (const auto& [key, value] : stream.attributes)
                            pairs.push_back({key, value});
                        samples.add_series(labels.emplace_back(model::Labels::from(std::move(pairs))).bytes());
                        time_ms = record.time_ns / 1'000'000;
                    }
                    samples.add_sample(time_ms++, 1);
                }
            }
        }
        if (samples.samples.empty()) return;
        // the lines are taken; what they come to is counted as refused where it is
        if (const auto written = to->metrics(samples); written.ok())
            report_refusals(*written, to->metric_stats);
        else
            to->metric_stats.refused(refusal_reason(written.error()), samples.samples.size(), written.error().message,
                                     "");
    }

    Response events(const Request& request) const {
        ReceiverStats& stats = to->event_stats;
        const auto tenant = tenant_of(request);
        if (!tenant) return refuse(stats, 401, "tenant", tenant.error().message);
        const std::string type = media_type(request);
        if (type.empty())
            return refuse(stats, 400, "content_type", "there is no content type; it must be application/json");
        if (type != "application/json")
            return refuse(stats, 415, "content_type", "the content type must be application/json");
        if (auto refused = too_large(stats, request, to->config.event_bytes_max, "monasca.event_bytes_max"))
            return *std::move(refused);
        const auto body = JsonView::parse(request.body);
        if (!body) return refuse(stats, 400, "malformed", body.error().message);
        auto records = decode_events(*body, *tenant, to->clock.now_ms());
        if (!records) return refuse(stats, 422, "invalid", records.error().message);
        const size_t count = records->size();
        if (Status written = to->events(*std::move(records)); !written.ok())
            return answer(judge_error(written.error(), refusal_reason(written.error()), stats));
        stats.accepted(count, request.body.size(), request.remote_address);
        return http::empty_response(200);
    }

    static std::optional<Response> too_large(ReceiverStats& stats,
                                             const Request& request,
                                             uint64_t limit,
                                             std::string_view key) {
        if (request.body.size() <= limit) return std::nullopt;
        return refuse(stats, 413, "too_large",
                      fmt::format("a body of {} bytes, limit {} ({})", request.body.size(), limit, key));
    }
};

}  // namespace

void register_routes(http::Router& router, Receiver receiver) {
    const Handler handler{std::make_shared<const Receiver>(std::move(receiver))};
    struct Entry {
        std::string_view path;
        Response (Handler::*run)(const Request&) const;
    };
    static constexpr Entry ENTRIES[] = {
        {"/monasca/v2.0/metrics", &Handler::metrics}, {"/monasca/v2.0/logs", &Handler::logs},
        {"/monasca/v3.0/logs", &Handler::logs},       {"/monasca/v2.0/log/single", &Handler::single_log},
        {"/monasca/v1.0/events", &Handler::events},
    };
    for (const Entry& entry : ENTRIES) {
        for (const std::string_view end : {"", "/"})
            router.add("POST", fmt::format("{}{}", entry.path, end), http::Access::ingest,
                       [handler, run = entry.run](const Request& request) { return (handler.*run)(request); },
                       {.plain_body = true});
    }
}

}  // namespace belfry::ingest::monasca
