// The list of alarms: filtered, sorted, page by page, with exact counts.
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"
#include "base/ascii.h"

namespace belfry::api {
namespace {

constexpr int64_t LIMIT_DEFAULT = 500;
constexpr int64_t LIMIT_MAX = 10'000;
constexpr uint32_t ALL = ~0U;

using alarm::AlarmPtr;
using model::Alarm;

struct Filter {
    uint32_t states = ALL;  // a bit each
    uint32_t severities = ALL;
    uint32_t sources = ALL;
    std::string definition_id;
    std::vector<std::string> words;  // lower case; each must be somewhere
};

template <typename Parse>
Result<uint32_t> bits_param(const http::Request& request, std::string_view name, const Parse& parse) {
    const auto text = request.query.get(name);
    if (!text || text->empty()) return ALL;
    uint32_t bits = 0;
    for (size_t at = 0; at <= text->size();) {
        const size_t end = std::min(text->find_first_of(",|", at), text->size());
        const std::string word = text->substr(at, end - at);
        const auto value = parse(word);
        if (!value) return make_error(Code::invalid, "{} has {}, which is none", name, word);
        bits |= 1U << static_cast<uint32_t>(*value);
        at = end + 1;
    }
    return bits;
}

Result<Filter> filter_of(const http::Request& request) {
    Filter out;
    out.states = TRY(bits_param(request, "state", model::parse_alarm_state));
    out.severities = TRY(bits_param(request, "severity", model::parse_severity));
    out.sources = TRY(bits_param(request, "source", model::parse_alarm_source));
    out.definition_id = request.query.get("definition_id").value_or("");
    const std::string q = lower(request.query.get("q").value_or(""));
    for (size_t at = 0; at < q.size();) {
        const size_t end = std::min(q.find(' ', at), q.size());
        if (end > at) out.words.push_back(q.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

char lower_char(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool holds(std::string_view text, std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(),
                       [](char a, char b) { return lower_char(a) == b; }) != text.end();
}

bool has_word(const Alarm& a, std::string_view word) {
    if (holds(a.name, word) || holds(a.description, word) || holds(a.reason, word) || holds(a.lifecycle_state, word) ||
        holds(a.id, word))
        return true;
    // name=value finds a label, too
    return std::any_of(a.labels.begin(), a.labels.end(), [&](const auto& label) {
        return holds(label.first, word) || holds(label.second, word) || holds(label.first + "=" + label.second, word);
    });
}

bool accepts(const Filter& filter, const Alarm& a) {
    if ((filter.severities & (1U << static_cast<uint32_t>(a.severity))) == 0) return false;
    if ((filter.sources & (1U << static_cast<uint32_t>(a.source))) == 0) return false;
    if (!filter.definition_id.empty() && a.definition_id != filter.definition_id) return false;
    return std::all_of(filter.words.begin(), filter.words.end(), [&](const auto& word) { return has_word(a, word); });
}

using Compare = int (*)(const Alarm&, const Alarm&);

template <typename T>
int order(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

Compare compare_of(std::string_view field) {
    if (field == "state") return [](const Alarm& a, const Alarm& b) { return order(a.state, b.state); };
    if (field == "severity") return [](const Alarm& a, const Alarm& b) { return order(a.severity, b.severity); };
    if (field == "name") return [](const Alarm& a, const Alarm& b) { return order(a.name, b.name); };
    if (field == "since")
        return [](const Alarm& a, const Alarm& b) { return order(a.state_updated_ms, b.state_updated_ms); };
    if (field == "created") return [](const Alarm& a, const Alarm& b) { return order(a.created_ms, b.created_ms); };
    if (field == "updated") return [](const Alarm& a, const Alarm& b) { return order(a.updated_ms, b.updated_ms); };
    return nullptr;
}

struct SortKey {
    Compare compare;
    bool descending = false;
};

/// `-severity,name`; unhealthy ones first, the newest of them on top, when nothing is asked for.
Result<std::vector<SortKey>> sort_of(const http::Request& request) {
    std::string text = request.query.get("sort").value_or("");
    if (text.empty()) text = "-state,-severity,-since,name";
    std::vector<SortKey> out;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        std::string_view field = std::string_view(text).substr(at, end - at);
        const bool descending = field.starts_with('-');
        if (descending) field.remove_prefix(1);
        const Compare compare = compare_of(field);
        if (compare == nullptr)
            return make_error(Code::invalid,
                              "sort is of state, severity, name, since, created, updated (with - the other "
                              "way round), not {}",
                              field);
        out.push_back({compare, descending});
        at = end + 1;
    }
    return out;
}

Result<http::Response> list(const AlarmApiParts& parts, const http::Request& request) {
    const Filter filter = TRY(filter_of(request));
    const std::vector<SortKey> sort = TRY(sort_of(request));
    const int64_t offset = TRY(number_param(request, "offset", 0));
    const int64_t limit = TRY(number_param(request, "limit", LIMIT_DEFAULT));
    if (limit > LIMIT_MAX) return make_error(Code::invalid, "limit is at most {}; go on with offset", LIMIT_MAX);
    const uint64_t version = parts.store.version();
    std::vector<AlarmPtr> found = parts.store.alarms(request.identity.tenant);
    StateCounts counts{};
    std::erase_if(found, [&](const AlarmPtr& a) {
        if (!accepts(filter, *a)) return true;
        ++counts[static_cast<size_t>(a->state)];  // of all states, so that a page can offer them
        return (filter.states & (1U << static_cast<uint32_t>(a->state))) == 0;
    });
    const auto less = [&](const AlarmPtr& a, const AlarmPtr& b) {
        for (const SortKey& key : sort) {
            if (const int order = key.compare(*a, *b); order != 0) return key.descending ? order > 0 : order < 0;
        }
        return a->id < b->id;
    };
    const size_t begin = std::min(static_cast<size_t>(offset), found.size());
    const size_t end = std::min(begin + static_cast<size_t>(limit), found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(end), found.end(), less);
    const int64_t now_ms = parts.clock.now_ms();
    const SilencesNow silences(parts.catalog, request.identity.tenant, now_ms);
    JsonWriter json;
    json.begin_object().field("version", version).key("counts");
    write_counts(json, counts);
    json.field("total", found.size()).key("alarms").begin_array();
    for (size_t i = begin; i < end; ++i) {
        const Alarm& a = *found[i];
        write_alarm_view(json, {.alarm = a,
                                .silences = silences,
                                .now_ms = now_ms,
                                .value = parts.value_now ? parts.value_now(a) : std::nullopt});
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_alarm_list_routes(http::Router& router, const AlarmApiParts& parts) {
    router.add("GET", "/api/v1/belfry/alarms", http::Access::read, [parts](const http::Request& request) {
        auto response = list(parts, request);
        return response.ok() ? std::move(*response) : http::error_response(response.error());
    });
}

}  // namespace belfry::api
