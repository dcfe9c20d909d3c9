#include "alarm/rules/rule_file.h"

#include "alarm/rules/alert_text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "query/promql/literal.h"
#include "query/promql/parser.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

namespace belfry::alarm {
namespace {

constexpr std::string_view NAME_LABEL = model::METRIC_NAME;

class FileReader {
  public:
    FileReader(const std::string& file, const RuleFileLimits& limits, RuleFile& out)
        : file_(file), limits_(limits), out_(out) {}

    void read(std::string_view text) {
        if (text.size() > limits_.file_bytes_max)
            return error(
                1, fmt::format("{} bytes, more than {} (rules.file_bytes_max)", text.size(), limits_.file_bytes_max));
        const Result<YamlNode> document = parse_yaml_document(text, {.text_bytes_max = limits_.file_bytes_max});
        if (!document.ok()) {
            out_.errors.push_back(file_ + ": " + document.error().message);
            return;
        }
        if (document->is_null()) return;
        if (!known_keys(*document, {"groups"}, "a rule file")) return;
        const YamlNode* groups = document->find("groups");
        if (!groups || groups->is_null()) return;
        if (!groups->is_sequence()) return error(groups->line(), "groups is a list");
        if (groups->size() > limits_.groups_max)
            return error(groups->line(), fmt::format("{} groups, more than {}", groups->size(), limits_.groups_max));
        for (size_t i = 0; i < groups->size(); ++i)
            group(groups->at(i));
        warn_duplicates();
    }

  private:
    void error(int line, std::string_view what) {
        out_.errors.push_back(fmt::format("{}: line {}: {}{}", file_, line, where_, what));
    }

    bool known_keys(const YamlNode& map, std::initializer_list<std::string_view> names, std::string_view what) {
        if (!map.is_map()) {
            error(map.line(), fmt::format("{} is a map of keys", what));
            return false;
        }
        bool good = true;
        for (const auto& [key, value] : map.items()) {
            if (std::find(names.begin(), names.end(), key.text()) != names.end()) continue;
            error(key.line(), fmt::format("unknown key {} in {}", key.text(), what));
            good = false;
        }
        return good;
    }

    std::string text_of(const YamlNode& map, std::string_view name) {
        const YamlNode* node = map.find(name);
        if (!node || node->is_null()) return "";
        if (!node->is_scalar()) {
            error(node->line(), fmt::format("{} is a text", name));
            return "";
        }
        if (!is_utf8(node->text())) error(node->line(), fmt::format("{} is not UTF-8", name));
        return node->text();
    }

    std::optional<int64_t> duration_of(const YamlNode& map, std::string_view name) {
        const YamlNode* node = map.find(name);
        if (!node || node->is_null() || (node->is_scalar() && node->text().empty())) return std::nullopt;
        if (node->is_scalar() && node->text() == "0") return 0;
        const Result<int64_t> value =
            node->is_scalar() ? promql::parse_duration(node->text()) : make_error(Code::invalid, "");
        if (value.ok()) return *value;
        error(node->line(),
              fmt::format("{} is a duration like 5m, not {}", name, node->is_scalar() ? node->text() : "a structure"));
        return std::nullopt;
    }

    Pairs pairs_of(const YamlNode& map, std::string_view name, bool labels) {
        Pairs out;
        const YamlNode* node = map.find(name);
        if (!node || node->is_null()) return out;
        if (!node->is_map()) {
            error(node->line(), fmt::format("{} is a map of texts", name));
            return out;
        }
        for (const auto& [key, value] : node->items()) {
            if (key.text().empty() || !is_utf8(key.text()) || (labels && key.text() == NAME_LABEL))
                error(key.line(), fmt::format("invalid {} name: \"{}\"", labels ? "label" : "annotation", key.text()));
            else if (value.is_sequence() || value.is_map())
                error(value.line(), fmt::format("{} {} is a text", labels ? "label" : "annotation", key.text()));
            else if (!is_utf8(value.text()))
                error(value.line(), fmt::format("{} {} is not UTF-8", labels ? "label" : "annotation", key.text()));
            else
                out.emplace_back(key.text(), value.text());
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    void group(const YamlNode& node) {
        where_.clear();
        if (!known_keys(node, {"name", "interval", "query_offset", "limit", "labels", "rules"}, "a group")) return;
        RuleGroup group;
        group.file = file_;
        group.name = text_of(node, "name");
        if (group.name.empty()) return error(node.line(), "a group needs a name");
        where_ = fmt::format("group \"{}\": ", group.name);
        if (!names_.insert(group.name).second) return error(node.line(), "a second group of this name in the file");
        group.interval_ms = duration_of(node, "interval").value_or(0);
        group.query_offset_ms = duration_of(node, "query_offset");
        if (const YamlNode* limit = node.find("limit"); limit && !limit->is_null()) {
            const std::optional<int64_t> value = limit->as_int();
            if (!value || *value < 0)
                error(limit->line(), "limit is a whole number");
            else
                group.limit = static_cast<uint64_t>(*value);
        }
        const Pairs labels = pairs_of(node, "labels", true);
        const YamlNode* rules = node.find("rules");
        if (rules && !rules->is_null()) {
            if (!rules->is_sequence()) return error(rules->line(), "rules is a list");
            for (size_t i = 0; i < rules->size(); ++i) {
                if (++rules_ > limits_.rules_max)
                    return error(rules->at(i).line(), fmt::format("more than {} rules", limits_.rules_max));
                rule(group, rules->at(i), i + 1, labels);
            }
        }
        group.content =
            fmt::format("{};{};{};{}", group.interval_ms, group.limit, group.query_offset_ms.value_or(-1), content_);
        content_.clear();
        out_.groups.push_back(std::move(group));
    }

    void rule(RuleGroup& group, const YamlNode& node, size_t number, const Pairs& group_labels) {
        const std::string record = node.is_map() ? text_of(node, "record") : "";
        const std::string alert = node.is_map() ? text_of(node, "alert") : "";
        where_ = fmt::format("group \"{}\", rule {}, \"{}\": ", group.name, number, alert.empty() ? record : alert);
        if (!known_keys(node, {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}, "a rule"))
            return;
        const size_t errors = out_.errors.size();
        auto rule = std::make_shared<Rule>();
        rule->line = node.line();
        rule->alerting = !alert.empty();
        rule->name = rule->alerting ? alert : record;
        if (!record.empty() && !alert.empty()) error(node.line(), "one of record and alert, not both");
        if (record.empty() && alert.empty()) error(node.line(), "one of record and alert must be set");
        rule->expr_text = text_of(node, "expr");
        const YamlNode* expr = node.find("expr");
        if (rule->expr_text.empty()) {
            error(node.line(), "expr must be set");
        } else {
            auto parsed = promql::parse(rule->expr_text);
            if (parsed.ok())
                rule->expr = std::move(*parsed);
            else
                error(expr->line(), fmt::format("the expression does not parse: {}", parsed.error().message));
        }
        rule->for_ms = duration_of(node, "for").value_or(0);
        rule->keep_firing_for_ms = duration_of(node, "keep_firing_for").value_or(0);
        rule->labels = pairs_of(node, "labels", true);
        for (const auto& label : group_labels) {
            const bool own = std::any_of(rule->labels.begin(), rule->labels.end(),
                                         [&](const auto& l) { return l.first == label.first; });
            if (!own) rule->labels.push_back(label);
        }
        std::sort(rule->labels.begin(), rule->labels.end());
        rule->annotations = pairs_of(node, "annotations", false);
        if (!rule->alerting) {
            if (!rule->annotations.empty()) error(node.line(), "a recording rule has no annotations");
            if (rule->for_ms != 0) error(node.line(), "a recording rule has no for");
            if (rule->keep_firing_for_ms != 0) error(node.line(), "a recording rule has no keep_firing_for");
            if (record.find_first_of("{}") != std::string::npos)
                error(node.line(), "braces in the name of a recording rule; do they belong into expr?");
        } else {
            parse_templates(node, "labels", rule->labels, rule->label_templates);
            parse_templates(node, "annotations", rule->annotations, rule->annotation_templates);
        }
        if (out_.errors.size() != errors) return;
        content_ += fmt::format("{}\x01{}\x01{}\x01{}\x01{}", rule->alerting ? "a" : "r", rule->name, rule->expr_text,
                                rule->for_ms, rule->keep_firing_for_ms);
        for (const Pairs* pairs : {&rule->labels, &rule->annotations}) {
            content_ += '\x02';
            for (const auto& [name, value] : *pairs)
                content_.append(name).append("\x03").append(value).append("\x03");
        }
        group.rules.push_back(std::move(rule));
    }

    void parse_templates(const YamlNode& node,
                         std::string_view key,
                         const Pairs& pairs,
                         std::vector<std::shared_ptr<const templates::Template>>& out) {
        const YamlNode* map = node.find(key);
        for (const auto& [name, text] : pairs) {
            auto parsed = parse_alert_text(text);
            if (parsed.ok()) {
                out.push_back(std::make_shared<const templates::Template>(std::move(*parsed)));
                continue;
            }
            const YamlNode* value = map && map->is_map() ? map->find(name) : nullptr;
            error(value ? value->line() : node.line(),
                  fmt::format("the template of {} {} does not parse: {}", key == "labels" ? "label" : "annotation",
                              name, parsed.error().message));
        }
    }

    void warn_duplicates() {
        std::map<std::string, std::string> seen;
        for (const RuleGroup& group : out_.groups) {
            for (const auto& rule : group.rules) {
                std::string key = rule->name;
                for (const auto& [name, value] : rule->labels)
                    key.append("\x01").append(name).append("\x01").append(value);
                const auto [at, fresh] = seen.emplace(std::move(key), fmt::format("line {}", rule->line));
                if (!fresh)
                    out_.warnings.push_back(
                        fmt::format("{}: line {}: group \"{}\", \"{}\" has the name and labels of the rule at {}",
                                    file_, rule->line, group.name, rule->name, at->second));
            }
        }
    }

    const std::string& file_;
    const RuleFileLimits& limits_;
    RuleFile& out_;
    std::string where_;
    std::string content_;
    std::set<std::string> names_;
    size_t rules_ = 0;
};

}  // namespace

size_t RuleFile::rule_count() const {
    size_t count = 0;
    for (const RuleGroup& group : groups)
        count += group.rules.size();
    return count;
}

RuleFile parse_rule_file(std::string_view text, const std::string& file, const RuleFileLimits& limits) {
    RuleFile out;
    FileReader(file, limits, out).read(text);
    return out;
}

std::vector<std::string> expand_pattern(const std::string& pattern) {
    if (pattern.find_first_of("*?[") == std::string::npos) return {pattern};
    std::vector<std::string> out;
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_ERR, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i)
            out.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    return out;
}

Result<std::string> read_text_file(const std::string& path, size_t bytes_max) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno_error("open " + path, errno);
    std::string out;
    char buffer[65'536];
    for (;;) {
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int err = errno;
            ::close(fd);
            if (n < 0) return errno_error("read " + path, err);
            return out;
        }
        out.append(buffer, static_cast<size_t>(n));
        if (out.size() > bytes_max) {
            ::close(fd);
            return make_error(Code::exhausted, "{} has more than {} bytes", path, bytes_max);
        }
    }
}

}  // namespace belfry::alarm
