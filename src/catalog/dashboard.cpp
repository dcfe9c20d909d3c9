#include "catalog/dashboard.h"

#include "base/json.h"

#include <set>

namespace belfry::catalog {
namespace {

// What one person can still overlook; beyond it a file is no dashboard.
constexpr size_t TITLE_BYTES_MAX = 200;
constexpr size_t TAGS_MAX = 50;
constexpr size_t TAG_BYTES_MAX = 100;
constexpr size_t VARIABLES_MAX = 100;
constexpr size_t QUERIES_MAX = 26;  // A to Z
constexpr size_t QUERY_BYTES_MAX = 64 * 1024;
constexpr int64_t ROWS_MAX = 100'000;  // grid rows a dashboard may be high

constexpr std::string_view PANEL_TYPES[] = {"timeseries", "stat",    "gauge", "bargauge",
                                            "table",      "heatmap", "text",  "row"};
constexpr std::string_view VARIABLE_TYPES[] = {"query", "custom", "interval", "textbox", "constant"};

template <size_t N>
bool one_of(const std::string_view (&words)[N], std::string_view word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// A text member that may be missing.
Result<std::string> text(const JsonView& json, std::string_view name, size_t bytes_max) {
    const JsonView member = json.get(name);
    if (member.is_null()) return std::string();
    auto value = member.as_string();
    if (!value) return make_error(Code::invalid, "{} is no text", name);
    if (value->size() > bytes_max)
        return make_error(Code::invalid, "{} has {} bytes, {} are allowed", name, value->size(), bytes_max);
    return std::move(*value);
}

Status check_variable(const JsonView& variable, std::set<std::string>& names) {
    if (!variable.is_object()) return make_error(Code::invalid, "is no object");
    const std::string name = TRY(text(variable, "name", TITLE_BYTES_MAX));
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (name.empty() || !plain) return make_error(Code::invalid, "name is letters, digits and _");
    if (!names.insert(name).second) return make_error(Code::invalid, "there are two variables {}", name);
    const std::string type = TRY(text(variable, "type", TITLE_BYTES_MAX));
    if (!one_of(VARIABLE_TYPES, type)) return make_error(Code::invalid, "type \"{}\" is not known", type);
    return {};
}

Status check_queries(const JsonView& queries) {
    if (queries.is_null()) return {};
    if (!queries.is_array()) return make_error(Code::invalid, "queries is no array");
    if (queries.size() > QUERIES_MAX)
        return make_error(Code::invalid, "{} queries, {} are allowed", queries.size(), QUERIES_MAX);
    for (size_t i = 0; i < queries.size(); ++i) {
        const JsonView query = queries.at(i);
        if (!query.is_object() || !query.get("expr").is_string())
            return make_error(Code::invalid, "queries[{}] has no expr", i);
        if (auto expr = text(query, "expr", QUERY_BYTES_MAX); !expr.ok()) return expr.error();
    }
    return {};
}

Status check_panel(const JsonView& panel, std::set<int64_t>& ids) {
    if (!panel.is_object()) return make_error(Code::invalid, "is no object");
    const auto id = panel.get("id").as_int();
    if (!id || *id < 1) return make_error(Code::invalid, "id is a whole number from 1");
    if (!ids.insert(*id).second) return make_error(Code::invalid, "there are two panels with id {}", *id);
    const std::string type = TRY(text(panel, "type", TITLE_BYTES_MAX));
    if (!one_of(PANEL_TYPES, type)) return make_error(Code::invalid, "type \"{}\" is not known", type);
    const auto x = panel.get("x").as_int(), y = panel.get("y").as_int(), w = panel.get("w").as_int(),
               h = panel.get("h").as_int();
    const auto within = [](const std::optional<int64_t>& value, int64_t from, int64_t to) {
        return value && *value >= from && *value <= to;
    };
    if (!within(x, 0, DASHBOARD_COLUMNS - 1) || !within(w, 1, DASHBOARD_COLUMNS) || *x + *w > DASHBOARD_COLUMNS ||
        !within(y, 0, ROWS_MAX) || !within(h, 1, ROWS_MAX)) {
        return make_error(Code::invalid, "x, y, w, h do not lie in a grid of {} columns", DASHBOARD_COLUMNS);
    }
    return check_queries(panel.get("queries"));
}

}  // namespace

bool is_dashboard_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

Result<Dashboard> read_dashboard(std::string_view body, const CatalogConfig& config) {
    if (body.size() > config.dashboard_bytes_max) {
        return make_error(Code::exhausted, "the dashboard has {} bytes, {} are allowed (catalog.dashboard_bytes_max)",
                          body.size(), config.dashboard_bytes_max);
    }
    // Read inside an array, because it is one level deeper in its record, too: what the limit of depth lets pass here
    // must be readable there.
    const auto wrapped = JsonView::parse("[" + std::string(body) + "]");
    if (!wrapped.ok()) return make_error(Code::invalid, "the dashboard is no JSON: {}", wrapped.error().message);
    const JsonView parsed = wrapped->at(0);
    if (wrapped->size() != 1 || !parsed.is_object()) return make_error(Code::invalid, "a dashboard is a JSON object");
    if (parsed.int_or("format", 0) != DASHBOARD_FORMAT) {
        return make_error(Code::invalid,
                          "\"format\" must be {}; a Grafana dashboard is imported on the Dashboards page",
                          DASHBOARD_FORMAT);
    }
    Dashboard made;
    made.head.title = TRY(text(parsed, "title", TITLE_BYTES_MAX));
    if (made.head.title.empty()) return make_error(Code::invalid, "the dashboard has no title");
    made.head.folder = TRY(text(parsed, "folder", TITLE_BYTES_MAX));
    const JsonView tags = parsed.get("tags");
    if (!tags.is_null() && !tags.is_array()) return make_error(Code::invalid, "tags is no array");
    if (tags.size() > TAGS_MAX) return make_error(Code::invalid, "{} tags, {} are allowed", tags.size(), TAGS_MAX);
    for (size_t i = 0; i < tags.size(); ++i) {
        auto tag = tags.at(i).as_string();
        if (!tag || tag->empty() || tag->size() > TAG_BYTES_MAX)
            return make_error(Code::invalid, "tags[{}] is no text of 1 to {} bytes", i, TAG_BYTES_MAX);
        made.head.tags.push_back(std::move(*tag));
    }
    const JsonView variables = parsed.get("variables");
    if (!variables.is_null() && !variables.is_array()) return make_error(Code::invalid, "variables is no array");
    if (variables.size() > VARIABLES_MAX)
        return make_error(Code::invalid, "{} variables, {} are allowed", variables.size(), VARIABLES_MAX);
    std::set<std::string> names;
    for (size_t i = 0; i < variables.size(); ++i) {
        if (auto done = check_variable(variables.at(i), names); !done.ok())
            return Error(done.error()).context("variables[{}]", i);
    }
    const JsonView panels = parsed.get("panels");
    if (!panels.is_array()) return make_error(Code::invalid, "panels is no array");
    if (panels.size() > config.dashboard_panels_max) {
        return make_error(Code::exhausted, "{} panels, {} are allowed (catalog.dashboard_panels_max)", panels.size(),
                          config.dashboard_panels_max);
    }
    std::set<int64_t> ids;
    for (size_t i = 0; i < panels.size(); ++i) {
        if (auto done = check_panel(panels.at(i), ids); !done.ok()) return Error(done.error()).context("panels[{}]", i);
    }
    made.head.panels = static_cast<int64_t>(panels.size());
    made.body = parsed.dump();
    return made;
}

}  // namespace belfry::catalog
