#include "ingest/influx/listener.h"

#include "base/ascii.h"
#include "base/json.h"
#include "ingest/influx/map.h"
#include "ingest/text_write.h"

namespace belfry::ingest::influx {
namespace {

// The version whose behaviour is closest: clients choose by it what they dare to ask.
constexpr std::string_view SPOKEN_VERSION = "1.8.10";

enum class Api { v1, v2 };

std::string_view code_of(int status) {
    switch (status) {
        case 400: return "invalid";
        case 429: return "too many requests";
        case 503: return "unavailable";
        default: return "internal error";
    }
}

// 1.x: {"error"}, 2.x: {"code","message","line"}. Telegraf gives up a batch, instead of sending it for ever, when the
// sentence has "partial write" or "unable to parse" in it.
http::Response render(const WriteAnswer& answer, const BadLines& bad, uint64_t taken, Api api) {
    http::Response out = http::empty_response(204);
    if (!answer.ok()) {
        JsonWriter json;
        json.begin_object();
        if (api == Api::v1) {
            const std::string_view prefix = answer.status != 400          ? ""
                                            : bad.count > 0 && taken == 0 ? "unable to parse: "
                                                                          : "partial write: ";
            json.field("error", std::string(prefix) + answer.message);
        } else {
            json.field("code", code_of(answer.status)).field("message", answer.message);
            if (bad.count > 0) json.field("line", bad.first_number);
        }
        json.end_object();
        out = http::json_response(json.take());
        out.status = answer.status;
    }
    if (!answer.retry_after_s.empty()) out.set_header("Retry-After", answer.retry_after_s);
    out.set_header("X-Influxdb-Version", SPOKEN_VERSION);
    return out;
}

http::Response refuse(std::string_view message, Api api) {
    JsonWriter json;
    json.begin_object();
    if (api == Api::v1)
        json.field("error", message);
    else
        json.field("code", "invalid").field("message", message);
    http::Response out = http::json_response(json.end_object().take());
    out.status = 400;
    return out;
}

std::string database_of(const http::Request& request, Api api) {
    std::optional<std::string> db = request.query.get("db");
    if (api == Api::v2 && (!db || db->empty())) {
        db = request.query.get("bucket");
        if (db) db->resize(std::min(db->find('/'), db->size()));
    }
    return db.value_or("");
}

struct WriteHandler {
    Clock& clock;
    MetricSink sink;
    ReceiverStats& stats;
    Api api;

    http::Response operator()(const http::Request& request) const {
        const std::string name = request.query.get("precision").value_or("");
        const std::optional<Precision> precision = precision_from_name(name);
        if (!precision) {
            const std::string problem =
                fmt::format("precision {} is not known; there are ns, us, ms, s, m and h", name.substr(0, 40));
            stats.refused("parameter", 1, problem, "");
            return refuse(problem, api);
        }
        LineMapper mapper(
            request.body,
            {.default_time_ms = clock.now_ms(), .precision = *precision, .db = database_of(request, api)});
        const TextWritten written = write_text(sink, request.identity.tenant, [&mapper](WireBatch& batch) {
            return mapper.fill(batch, TEXT_BATCH_SAMPLES);
        });
        const TextFields& texts = mapper.text_fields();
        if (texts.count > 0)
            stats.refused("text_field", texts.count,
                          "text fields are not stored, for samples are numbers; the other fields of their lines are",
                          texts.first);
        const WriteAnswer answer = judge_text(written, mapper.bad_lines(), request, stats);
        return render(answer, mapper.bad_lines(), written.outcome.accepted_samples, api);
    }
};

http::Response answer_ping(const http::Request& request) {
    const std::string verbose = request.query.get("verbose").value_or("");
    http::Response out = verbose.empty() || verbose == "0" || verbose == "false"
                             ? http::empty_response(204)
                             : http::json_response(fmt::format(R"({{"version":"{}"}})", SPOKEN_VERSION));
    out.set_header("X-Influxdb-Version", SPOKEN_VERSION);
    out.set_header("X-Influxdb-Build", "Belfry");
    return out;
}

// The words of one statement in upper case, without the semicolon that ends it.
std::vector<std::string> first_words(std::string_view text, size_t count) {
    std::vector<std::string> out;
    while (out.size() < count) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n;"), text.size()));
        if (text.empty()) break;
        const size_t end = std::min(text.find_first_of(" \t\r\n;"), text.size());
        out.push_back(upper(text.substr(0, end)));
        text.remove_prefix(end);
    }
    return out;
}

http::Response answer_query(const http::Request& request) {
    const std::string text = request.param("q").value_or("");
    const std::vector<std::string> words = first_words(text, 3);
    const bool create = words.size() == 3 && words[0] == "CREATE" && words[1] == "DATABASE";
    const bool show = words.size() == 2 && words[0] == "SHOW" && words[1] == "DATABASES";
    const size_t semicolon = text.find(';');
    const bool single =
        semicolon == std::string::npos || text.find_first_not_of("; \t\r\n", semicolon) == std::string::npos;
    http::Response out = single && (create || show)
                             ? http::json_response(R"({"results":[{"statement_id":0}]})")
                             : refuse(
                                   "InfluxQL is not understood here, but for CREATE DATABASE and SHOW DATABASES; "
                                   "ask in PromQL at /api/v1/query",
                                   Api::v1);
    out.set_header("X-Influxdb-Version", SPOKEN_VERSION);
    return out;
}

}  // namespace

void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats) {
    for (const std::string prefix : {"", "/influx"}) {
        router.add("POST", prefix + "/write", http::Access::ingest, WriteHandler{clock, sink, stats, Api::v1},
                   {.plain_body = true});
        router.add("POST", prefix + "/api/v2/write", http::Access::ingest, WriteHandler{clock, sink, stats, Api::v2},
                   {.plain_body = true});
        router.add("GET", prefix + "/ping", http::Access::open, answer_ping);
        router.add("GET", prefix + "/query", http::Access::ingest, answer_query);
        router.add("POST", prefix + "/query", http::Access::ingest, answer_query);
    }
}

}  // namespace belfry::ingest::influx
