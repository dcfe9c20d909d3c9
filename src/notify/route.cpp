#include "notify/route.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/yaml.h"
#include "notify/matchers.h"
#include "notify/notice.h"

namespace belfry::notify {
namespace {

constexpr size_t YAML_BYTES_MAX = 1 << 20;
constexpr size_t ROUTES_MAX = 10'000;
constexpr size_t INHIBIT_MAX = 1'000;

Error at_line(const YamlNode& node, std::string_view what) {
    return make_error(Code::invalid, "line {}: {}", node.line(), what);
}

Status known_keys(const YamlNode& map, std::initializer_list<std::string_view> names, std::string_view what) {
    if (!map.is_map()) return at_line(map, fmt::format("{} is a map of keys", what));
    for (const auto& [key, value] : map.items())
        if (std::find(names.begin(), names.end(), key.text()) == names.end())
            return at_line(key, fmt::format("unknown key {} in {}", key.text(), what));
    return {};
}

Status read_duration(const YamlNode& map, std::string_view name, bool positive, int64_t& out) {
    const YamlNode* node = map.find(name);
    if (!node || node->is_null()) return {};
    const auto value = node->is_scalar() ? parse_duration_ms(node->text()) : std::nullopt;
    if (!value || *value < 0 || (positive && *value == 0))
        return at_line(*node, fmt::format("{} is a duration like 5m", name));
    out = *value;
    return {};
}

Status read_texts(const YamlNode& map, std::string_view name, std::vector<std::string>& out) {
    const YamlNode* node = map.find(name);
    if (!node || node->is_null()) return {};
    if (!node->is_sequence()) return at_line(*node, fmt::format("{} is a list", name));
    out.clear();
    for (size_t i = 0; i < node->size(); ++i) {
        if (!node->at(i).is_scalar()) return at_line(node->at(i), fmt::format("{} is a list of texts", name));
        out.push_back(node->at(i).text());
    }
    return {};
}

/// `matchers` (a list of texts, or one), and what older files have: `match` and `match_re`.
Status read_matchers(const YamlNode& map, const std::string& prefix, model::Matchers& out) {
    const auto legacy = [&](const std::string& key, model::Matcher::Op op) -> Status {
        const YamlNode* node = map.find(key);
        if (!node || node->is_null()) return {};
        if (!node->is_map()) return at_line(*node, key + " is a map of texts");
        for (const auto& [name, value] : node->items()) {
            auto made = model::Matcher::make(op, name.text(), value.text());
            if (!made.ok()) return at_line(value, made.error().message);
            out.push_back(*std::move(made));
        }
        return {};
    };
    TRY(legacy(prefix + "match", model::Matcher::Op::equal));
    TRY(legacy(prefix + "match_re", model::Matcher::Op::regex));
    const YamlNode* node = map.find(prefix + "matchers");
    if (!node || node->is_null()) return {};
    const auto add = [&](const YamlNode& item) -> Status {
        auto parsed = item.is_scalar() ? parse_matchers(item.text())
                                       : Result<model::Matchers>(make_error(Code::invalid, "a matcher is a text"));
        if (!parsed.ok()) return at_line(item, parsed.error().message);
        out.insert(out.end(), parsed->begin(), parsed->end());
        return {};
    };
    if (!node->is_sequence()) return add(*node);
    for (size_t i = 0; i < node->size(); ++i)
        TRY(add(node->at(i)));
    return {};
}

/// A route is known again by the matchers on the way to it; a second one with the same gets a number.
void name_routes(Route& route, std::string id) {
    route.id = std::move(id);
    std::map<std::string, int> seen;
    for (Route& child : route.children) {
        std::string text = route.id + "/{";
        for (const model::Matcher& matcher : child.matchers)
            text += (text.ends_with('{') ? "" : ",") + matcher.to_string();
        text += '}';
        const int before = seen[text]++;
        name_routes(child, before == 0 ? text : fmt::format("{}#{}", text, before));
    }
}

class RoutingReader {
  public:
    Result<RoutingPtr> read(const YamlNode& document) {
        auto out = std::make_shared<Routing>();
        if (document.is_null()) return RoutingPtr(std::move(out));
        TRY(known_keys(document, {"route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals"},
                       "the routing"));
        for (const char* key : {"time_intervals", "mute_time_intervals"})
            TRY(read_intervals(document.find(key), *out));
        TRY(read_receivers(document.find("receivers"), *out));
        if (const YamlNode* rules = document.find("inhibit_rules"); rules && !rules->is_null())
            TRY(read_inhibit(*rules, *out));
        if (const YamlNode* route = document.find("route"); route && !route->is_null()) {
            out->has_route = true;
            TRY(read_route(*route, Route{}, *out, out->root, true));
            name_routes(out->root, "{}");
        }
        std::sort(out->receivers.begin(), out->receivers.end());
        out->receivers.erase(std::unique(out->receivers.begin(), out->receivers.end()), out->receivers.end());
        return RoutingPtr(std::move(out));
    }

  private:
    Status read_intervals(const YamlNode* list, Routing& out) {
        if (!list || list->is_null()) return {};
        if (!list->is_sequence()) return at_line(*list, "time intervals are a list");
        for (size_t i = 0; i < list->size(); ++i) {
            const YamlNode& item = list->at(i);
            TRY(known_keys(item, {"name", "time_intervals"}, "a time interval"));
            const YamlNode *name = item.find("name"), *parts = item.find("time_intervals");
            if (!name || name->text().empty()) return at_line(item, "a time interval needs a name");
            auto& intervals = out.intervals[name->text()];
            if (!intervals.empty()) return at_line(item, "a second time interval named " + name->text());
            if (!parts || !parts->is_sequence() || parts->size() == 0)
                return at_line(item, "time_intervals is a list, and not empty");
            for (size_t k = 0; k < parts->size(); ++k)
                intervals.push_back(TRY(parse_time_interval(parts->at(k))));
        }
        return {};
    }

    Status read_receivers(const YamlNode* list, Routing& out) {
        if (!list || list->is_null()) return {};
        if (!list->is_sequence()) return at_line(*list, "receivers are a list");
        for (size_t i = 0; i < list->size(); ++i) {
            const YamlNode& item = list->at(i);
            if (!item.is_scalar())
                TRY(known_keys(item, {"name"}, "a receiver (it is the name of a notification method, no more)"));
            const YamlNode* name = item.is_scalar() ? &item : item.find("name");
            if (!name || name->text().empty()) return at_line(item, "a receiver needs a name");
            out.receivers.push_back(name->text());
        }
        return {};
    }

    Status read_inhibit(const YamlNode& list, Routing& out) {
        if (!list.is_sequence()) return at_line(list, "inhibit_rules are a list");
        if (list.size() > INHIBIT_MAX) return at_line(list, fmt::format("more than {} inhibit_rules", INHIBIT_MAX));
        for (size_t i = 0; i < list.size(); ++i) {
            const YamlNode& item = list.at(i);
            TRY(known_keys(item,
                           {"name", "source_match", "source_match_re", "source_matchers", "target_match",
                            "target_match_re", "target_matchers", "equal"},
                           "an inhibit rule"));
            InhibitRule rule;
            TRY(read_matchers(item, "source_", rule.source));
            TRY(read_matchers(item, "target_", rule.target));
            TRY(read_texts(item, "equal", rule.equal));
            if (rule.source.empty() || rule.target.empty())
                return at_line(item, "an inhibit rule needs source_matchers and target_matchers");
            out.inhibit.push_back(std::move(rule));
        }
        return {};
    }

    Status read_names(const YamlNode& map,
                      std::string_view key,
                      const Routing& routing,
                      std::vector<std::string>& out) {
        TRY(read_texts(map, key, out));
        for (const std::string& name : out)
            if (!routing.intervals.contains(name))
                return at_line(*map.find(key), "there is no time interval named " + name);
        return {};
    }

    Status read_route(const YamlNode& node, const Route& parent, Routing& routing, Route& out, bool root) {
        if (++routes_ > ROUTES_MAX) return at_line(node, fmt::format("more than {} routes", ROUTES_MAX));
        TRY(known_keys(node,
                       {"receiver", "group_by", "continue", "match", "match_re", "matchers", "group_wait",
                        "group_interval", "repeat_interval", "mute_time_intervals", "active_time_intervals", "routes"},
                       "a route"));
        out.receiver = parent.receiver;
        out.group_by = parent.group_by;
        out.group_by_all = parent.group_by_all;
        out.group_wait_ms = parent.group_wait_ms;
        out.group_interval_ms = parent.group_interval_ms;
        out.repeat_interval_ms = parent.repeat_interval_ms;
        if (const YamlNode* receiver = node.find("receiver"); receiver && !receiver->text().empty()) {
            out.receiver = receiver->text();
            routing.receivers.push_back(out.receiver);
        }
        if (node.find("group_by")) {
            TRY(read_texts(node, "group_by", out.group_by));
            out.group_by_all = out.group_by.size() == 1 && out.group_by.front() == "...";
            if (out.group_by_all) out.group_by.clear();
        }
        TRY(read_matchers(node, "", out.matchers));
        if (root && !out.matchers.empty()) return at_line(node, "the root of the routes has no matchers");
        TRY(read_duration(node, "group_wait", false, out.group_wait_ms));
        TRY(read_duration(node, "group_interval", true, out.group_interval_ms));
        TRY(read_duration(node, "repeat_interval", true, out.repeat_interval_ms));
        TRY(read_names(node, "mute_time_intervals", routing, out.mute));
        TRY(read_names(node, "active_time_intervals", routing, out.active));
        if (const YamlNode* goes_on = node.find("continue"); goes_on && !goes_on->is_null()) {
            const auto value = goes_on->as_bool();
            if (!value || root) return at_line(*goes_on, "continue is true or false, and not at the root");
            out.goes_on = *value;
        }
        const YamlNode* children = node.find("routes");
        if (!children || children->is_null()) return {};
        if (!children->is_sequence()) return at_line(*children, "routes are a list");
        out.children.resize(children->size());
        for (size_t i = 0; i < children->size(); ++i)
            TRY(read_route(children->at(i), out, routing, out.children[i], false));
        return {};
    }

    size_t routes_ = 0;
};

bool find_routes(const Route& route, const model::Dimensions& labels, std::vector<const Route*>& out) {
    if (!all_match(route.matchers, labels)) return false;
    bool any = false;
    for (const Route& child : route.children) {
        if (!find_routes(child, labels, out)) continue;
        any = true;
        if (!child.goes_on) break;
    }
    if (!any) out.push_back(&route);
    return true;
}

const Route* find_id(const Route& route, std::string_view id) {
    if (route.id == id) return &route;
    for (const Route& child : route.children)
        if (const Route* found = find_id(child, id)) return found;
    return nullptr;
}

}  // namespace

std::vector<const Route*> Routing::find(const model::Dimensions& labels) const {
    std::vector<const Route*> out;
    if (has_route) (void)find_routes(root, labels, out);
    return out;
}

const Route* Routing::by_id(std::string_view id) const {
    return has_route ? find_id(root, id) : nullptr;
}

std::string Routing::muted_by(const Route& route, int64_t now_ms) const {
    const auto holds = [&](const std::string& name) {
        const auto found = intervals.find(name);
        return found != intervals.end() &&
               std::any_of(found->second.begin(), found->second.end(),
                           [&](const TimeInterval& interval) { return interval.holds(now_ms); });
    };
    for (const std::string& name : route.mute)
        if (holds(name)) return name;
    if (route.active.empty() || std::any_of(route.active.begin(), route.active.end(), holds)) return "";
    return "outside " + route.active.front();
}

Result<RoutingPtr> parse_routing(std::string_view yaml) {
    const YamlNode document =
        TRY(parse_yaml_document(yaml, {.text_bytes_max = YAML_BYTES_MAX, .nodes_max = 200'000, .depth_max = 40}));
    return RoutingReader().read(document);
}

model::Dimensions group_labels(const Route& route, const model::Dimensions& labels) {
    model::Dimensions out;
    for (const auto& pair : labels) {
        if (pair.first == "state") continue;  // or an alarm would be over in another group than it began in
        if (route.group_by_all ||
            std::find(route.group_by.begin(), route.group_by.end(), pair.first) != route.group_by.end())
            out.push_back(pair);
    }
    return out;
}

}  // namespace belfry::notify
