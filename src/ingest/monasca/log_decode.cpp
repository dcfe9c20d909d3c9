#include "ingest/monasca/log_decode.h"

#include "base/ascii.h"
#include "ingest/monasca/decode.h"

#include <map>

namespace belfry::ingest::monasca {
namespace {

constexpr std::string_view LOG_FORBIDDEN = "()' ";  // in keys, beside those of metrics
constexpr size_t LEVEL_BYTES = 200;                 // of a line that are searched for its level

struct LevelWord {
    std::string_view word;
    model::LogSeverity severity;
};
constexpr LevelWord LEVELS[] = {
    {"TRACE", model::LogSeverity::trace}, {"DEBUG", model::LogSeverity::debug}, {"INFO", model::LogSeverity::info},
    {"NOTICE", model::LogSeverity::info}, {"WARN", model::LogSeverity::warn},   {"WARNING", model::LogSeverity::warn},
    {"ERROR", model::LogSeverity::error}, {"ERR", model::LogSeverity::error},   {"CRITICAL", model::LogSeverity::fatal},
    {"FATAL", model::LogSeverity::fatal},
};

model::LogSeverity severity_of_word(std::string_view word) {
    for (const LevelWord& level : LEVELS)
        if (level.word == word) return level.severity;
    return model::LogSeverity::unknown;
}

/// Into `out`, over what is there.
Status add_dimensions(const JsonView& dimensions, std::map<std::string, std::string>& out) {
    if (dimensions.is_null()) return {};
    if (!dimensions.is_object()) return make_error(Code::invalid, "dimensions is not an object");
    for (std::string& key : dimensions.keys()) {
        const std::optional<std::string> value = dimensions.get(key).as_string();
        if (!value) return make_error(Code::invalid, "the value of dimension {:?} is not a text", key.substr(0, 80));
        std::string wrong = check_dimension_key(key, LOG_FORBIDDEN);
        if (wrong.empty() && (value->empty() || value->size() > TEXT_CHARACTERS_MAX))
            wrong = fmt::format("the value of dimension {:?} has {} bytes; 1 to {} may be", key, value->size(),
                                TEXT_CHARACTERS_MAX);
        if (!wrong.empty()) return Error{Code::invalid, std::move(wrong)};
        out.insert_or_assign(std::move(key), *value);
    }
    return {};
}

}  // namespace

model::LogSeverity severity_of(std::string_view message, const model::Dimensions& dimensions) {
    for (const auto& [name, value] : dimensions) {
        if (name != "level" && name != "log_level" && name != "severity") continue;
        if (const auto found = severity_of_word(upper(value)); found != model::LogSeverity::unknown) return found;
    }
    const std::string_view head = message.substr(0, LEVEL_BYTES);
    size_t from = 0;
    for (size_t i = 0; i <= head.size(); i++) {
        if (i < head.size() && head[i] >= 'A' && head[i] <= 'Z') continue;
        const bool whole = (i == head.size() || !((head[i] >= 'a' && head[i] <= 'z') || head[i] == '_')) &&
                           (from == 0 || head[from - 1] != '_');
        if (i > from && whole) {
            if (const auto found = severity_of_word(head.substr(from, i - from)); found != model::LogSeverity::unknown)
                return found;
        }
        from = i + 1;
    }
    return model::LogSeverity::unknown;
}

Result<model::LogBatch> decode_logs(const JsonView& body, int64_t now_ns) {
    if (!body.is_object()) return make_error(Code::invalid, "the body is not an object");
    const JsonView logs = body.get("logs");
    if (!logs.is_array()) return make_error(Code::invalid, "logs is missing, or not an array");
    std::map<std::string, std::string> global;
    TRY(add_dimensions(body.get("dimensions"), global));
    std::map<std::map<std::string, std::string>, std::vector<model::LogRecord>> streams;
    for (size_t i = 0; i < logs.size(); i++) {
        const JsonView log = logs.at(i);
        std::optional<std::string> message = log.get("message").as_string();
        if (!message || message->empty())
            return make_error(Code::invalid, "log {}: message is missing, or not a text", i);
        std::map<std::string, std::string> dimensions = global;
        if (Status added = add_dimensions(log.get("dimensions"), dimensions); !added.ok())
            return std::move(added).error().context("log {}", i);
        // nanoseconds keep the order in which the lines stand
        streams[std::move(dimensions)].push_back(
            {.time_ns = now_ns + static_cast<int64_t>(i), .body = *std::move(message)});
    }
    model::LogBatch out;
    for (auto& [dimensions, records] : streams) {
        model::LogStream& stream = out.streams.emplace_back();
        stream.attributes.assign(dimensions.begin(), dimensions.end());
        stream.records = std::move(records);
        for (model::LogRecord& record : stream.records)
            record.severity = severity_of(record.body, stream.attributes);
    }
    return out;
}

Result<model::LogBatch> decode_single_log(std::string_view message,
                                          std::string_view application_type,
                                          std::string_view dimensions,
                                          int64_t now_ns) {
    if (message.empty()) return make_error(Code::invalid, "the body is empty");
    JsonWriter json;
    json.begin_object();
    while (!dimensions.empty()) {
        const size_t comma = std::min(dimensions.find(','), dimensions.size());
        const std::string_view pair = trim_blanks(dimensions.substr(0, comma));
        const size_t colon = pair.find(':');
        if (colon == std::string_view::npos)
            return make_error(Code::invalid, "X-Dimensions: {:?} is not key:value", pair.substr(0, 80));
        json.field(trim_blanks(pair.substr(0, colon)), trim_blanks(pair.substr(colon + 1)));
        dimensions.remove_prefix(std::min(comma + 1, dimensions.size()));
    }
    if (!application_type.empty()) json.field("application_type", application_type);
    const JsonView all = TRY(JsonView::parse(json.end_object().take()));
    std::map<std::string, std::string> checked;
    TRY(add_dimensions(all, checked));
    model::LogBatch out;
    model::LogStream& stream = out.streams.emplace_back();
    stream.attributes.assign(checked.begin(), checked.end());
    stream.records.push_back({now_ns, severity_of(message, stream.attributes), std::string(message)});
    return out;
}

Result<std::vector<std::string>> decode_events(const JsonView& body, std::string_view tenant, int64_t now_ms) {
    if (!body.is_object()) return make_error(Code::invalid, "the body is not an object");
    const std::optional<std::string> time = body.get("timestamp").as_string();
    if (!time || time->empty()) return make_error(Code::invalid, "timestamp is missing, or not a text");
    const JsonView events = body.get("events");
    const bool one = events.is_object();
    if ((!one && !events.is_array()) || events.size() == 0)
        return make_error(Code::invalid, "events is missing, empty, or neither an object nor an array");
    std::vector<std::string> out;
    for (size_t i = 0; i < (one ? 1 : events.size()); i++) {
        const JsonView event = one ? events : events.at(i);
        if (!event.is_object()) return make_error(Code::invalid, "event {} is not an object", i);
        JsonWriter json;
        json.begin_object().field("v", 1).field("tenant", tenant).key("event").raw(event.dump());
        json.field("creation_time", *time).field("received_ms", now_ms);
        json.key("meta").begin_object().field("project_id", tenant).end_object();
        out.push_back(json.end_object().take());
    }
    return out;
}

}  // namespace belfry::ingest::monasca
