#include "model/relabel.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/utf8.h"
#include "model/md5.h"

#include <re2/re2.h>

namespace belfry::model {

namespace {

struct ActionName {
    std::string_view name;
    RelabelRule::Action action;
};
constexpr ActionName ACTION_NAMES[] = {
    {"replace", RelabelRule::Action::replace},
    {"keep", RelabelRule::Action::keep},
    {"drop", RelabelRule::Action::drop},
    {"keepequal", RelabelRule::Action::keep_equal},
    {"dropequal", RelabelRule::Action::drop_equal},
    {"hashmod", RelabelRule::Action::hash_mod},
    {"labelmap", RelabelRule::Action::label_map},
    {"labeldrop", RelabelRule::Action::label_drop},
    {"labelkeep", RelabelRule::Action::label_keep},
    {"lowercase", RelabelRule::Action::lowercase},
    {"uppercase", RelabelRule::Action::uppercase},
};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A text with groups in it, cut into pieces once: a literal, then the group behind it (-1: none).
struct Template {
    struct Piece {
        std::string literal;
        int group = -1;
    };
    std::vector<Piece> pieces;

    Template() = default;
    Template(std::string_view text, const re2::RE2& regex) {
        std::string literal;
        for (size_t i = 0; i < text.size(); i++) {
            if (text[i] != '$' || i + 1 == text.size()) {
                literal += text[i];
                continue;
            }
            if (text[i + 1] == '$') {
                literal += '$';
                i++;
                continue;
            }
            const bool braces = text[i + 1] == '{';
            size_t begin = i + (braces ? 2 : 1);
            size_t end = begin;
            while (end < text.size() && is_word(text[end]))
                end++;
            if (end == begin || (braces && (end == text.size() || text[end] != '}'))) {
                literal += '$';  // not a reference
                continue;
            }
            const std::string name(text.substr(begin, end - begin));
            pieces.push_back({std::move(literal), group_of(name, regex)});
            literal.clear();
            i = braces ? end : end - 1;
        }
        if (!literal.empty()) pieces.push_back({std::move(literal), -1});
    }

    static int group_of(const std::string& name, const re2::RE2& regex) {
        if (const auto number = parse_uint(name))
            return *number <= static_cast<uint64_t>(regex.NumberOfCapturingGroups()) ? static_cast<int>(*number) : -1;
        const auto& names = regex.NamedCapturingGroups();
        const auto found = names.find(name);
        return found == names.end() ? -1 : found->second;
    }

    [[nodiscard]] std::string fill(const std::vector<re2::StringPiece>& groups) const {
        std::string out;
        for (const Piece& piece : pieces) {
            out += piece.literal;
            if (piece.group < 0) continue;
            const re2::StringPiece& group = groups[static_cast<size_t>(piece.group)];
            out.append(group.data(), group.size());
        }
        return out;
    }
    [[nodiscard]] bool has_groups() const {
        return std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.group >= 0; });
    }
};

}  // namespace

struct Relabel::Compiled {
    re2::RE2 regex;
    size_t groups = 1;
    bool takes_all = false;  // the default: no need to ask the library
    Template target;
    Template replacement;

    Compiled(const RelabelRule& rule, const re2::RE2::Options& options)
        : regex("^(?s:" + rule.regex + ")$", options), takes_all(rule.regex == RelabelRule::DEFAULT_REGEX) {
        if (!regex.ok()) return;
        groups = static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1;
        target = Template(rule.target_label, regex);
        replacement = Template(rule.replacement, regex);
    }

    [[nodiscard]] bool matches(std::string_view text) const {
        return takes_all || regex.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
    }
    [[nodiscard]] bool match(std::string_view text, std::vector<re2::StringPiece>& out) const {
        out.resize(groups);
        if (takes_all) {
            out[0] = out[1] = {text.data(), text.size()};
            return true;
        }
        return regex.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, out.data(),
                           static_cast<int>(groups));
    }
};

std::string_view to_string(RelabelRule::Action action) {
    for (const ActionName& a : ACTION_NAMES)
        if (a.action == action) return a.name;
    return "replace";
}

Result<RelabelRule::Action> relabel_action(std::string_view name) {
    const std::string wanted = lower(name);
    for (const ActionName& a : ACTION_NAMES)
        if (a.name == wanted) return a.action;
    return make_error(Code::invalid, "unknown relabel action \"{}\"", name);
}

bool is_label_name(std::string_view name) {
    return !name.empty() && is_utf8(name);
}

Result<Relabel> Relabel::make(RelabelRule rule) {
    using Action = RelabelRule::Action;
    const std::string_view name = to_string(rule.action);
    const Action action = rule.action;
    const bool needs_target = action == Action::replace || action == Action::hash_mod || action == Action::lowercase ||
                              action == Action::uppercase || action == Action::keep_equal ||
                              action == Action::drop_equal;
    const RelabelRule plain;
    if (needs_target && rule.target_label.empty())
        return make_error(Code::invalid, "action {} needs target_label", name);
    if (action == Action::hash_mod && rule.modulus == 0)
        return make_error(Code::invalid, "action hashmod needs a modulus above zero");
    if (action == Action::label_drop || action == Action::label_keep) {
        RelabelRule only = rule;
        only.action = plain.action;
        only.regex = plain.regex;
        if (only != plain) return make_error(Code::invalid, "action {} takes regex and nothing else", name);
    }
    if (action == Action::keep_equal || action == Action::drop_equal) {
        if (rule.regex != plain.regex || rule.modulus != 0 || rule.separator != plain.separator ||
            rule.replacement != plain.replacement)
            return make_error(Code::invalid, "action {} takes source_labels and target_label and nothing else", name);
    }
    if (needs_target && !is_label_name(rule.target_label))
        return make_error(Code::invalid, "target_label \"{}\" is not a label name", rule.target_label);
    for (const std::string& label : rule.source_labels)
        if (!is_label_name(label)) return make_error(Code::invalid, "source_labels: \"{}\" is not a label name", label);
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_shared<Compiled>(rule, options);
    if (!compiled->regex.ok())
        return make_error(Code::invalid, "regex \"{}\": {}", rule.regex, compiled->regex.error());
    if (action == Action::label_map && !compiled->replacement.has_groups() && !is_label_name(rule.replacement))
        return make_error(Code::invalid, "replacement \"{}\" is not a label name", rule.replacement);
    Relabel out;
    out.rule_ = std::move(rule);
    out.compiled_ = std::move(compiled);
    return out;
}

std::string Relabel::joined(const LabelsBuilder& labels) const {
    std::string out;
    for (size_t i = 0; i < rule_.source_labels.size(); i++) {
        if (i > 0) out += rule_.separator;
        out += labels.get(rule_.source_labels[i]);
    }
    return out;
}

void Relabel::replace(LabelsBuilder& labels, const std::string& value) const {
    std::vector<re2::StringPiece> groups;
    if (!compiled_->match(value, groups)) return;
    const std::string target = compiled_->target.fill(groups);
    if (!is_label_name(target)) return;
    labels.set(target, compiled_->replacement.fill(groups));
}

bool Relabel::apply(LabelsBuilder& labels) const {
    using Action = RelabelRule::Action;
    switch (rule_.action) {
        case Action::replace: replace(labels, joined(labels)); return true;
        case Action::keep: return compiled_->matches(joined(labels));
        case Action::drop: return !compiled_->matches(joined(labels));
        case Action::keep_equal: return labels.get(rule_.target_label) == joined(labels);
        case Action::drop_equal: return labels.get(rule_.target_label) != joined(labels);
        case Action::hash_mod: {
            const std::array<uint8_t, 16> hash = md5(joined(labels));
            uint64_t low = 0;
            for (size_t i = 8; i < 16; i++)
                low = low << 8 | hash[i];
            labels.set(rule_.target_label, std::to_string(low % rule_.modulus));
            return true;
        }
        // Letters of ASCII alone: the others depend on a table of Unicode that changes each year.
        case Action::lowercase: labels.set(rule_.target_label, lower(joined(labels))); return true;
        case Action::uppercase: labels.set(rule_.target_label, upper(joined(labels))); return true;
        case Action::label_map: {
            std::vector<re2::StringPiece> groups;
            const auto before = labels.labels();  // a copy: those set on the way are not mapped again
            for (const auto& [name, value] : before) {
                if (!compiled_->match(name, groups)) continue;
                const std::string target = compiled_->replacement.fill(groups);
                if (is_label_name(target)) labels.set(target, value);
            }
            return true;
        }
        case Action::label_drop:
        case Action::label_keep: {
            const auto before = labels.labels();
            for (const auto& label : before)
                if (compiled_->matches(label.first) == (rule_.action == Action::label_drop)) labels.erase(label.first);
            return true;
        }
    }
    return true;
}

bool relabel(const RelabelSteps& steps, LabelsBuilder& labels) {
    return std::all_of(steps.begin(), steps.end(), [&](const Relabel& step) { return step.apply(labels); });
}

}  // namespace belfry::model
