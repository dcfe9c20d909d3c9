#include "query/promql/fn.h"

#include <re2/re2.h>

namespace belfry::promql {
namespace {

// Other labels for the same cells.
class RelabelledRows : public Rows {
  public:
    RelabelledRows(RowsPtr inner, std::vector<Head> heads) : Rows(inner->grid()), inner_(std::move(inner)) { heads_ = std::move(heads); }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }
    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override { return inner_->read(row, reader, out); }

  private:
    RowsPtr inner_;
};

// Gives rows new labels; rows that become equal are put together.
Result<RowsPtr> relabel(Exec& exec, RowsPtr rows, const std::function<Rows::Head(Rows::Head)>& change) {
    std::vector<Rows::Head> heads;
    heads.reserve(rows->count());
    LabelIndex distinct(exec.arena());
    for (const Rows::Head& head : rows->heads()) {
        heads.push_back(change(head));
        distinct.find_or_add(heads.back().labels.bytes());
    }
    const bool doubled = distinct.count() < heads.size();
    RowsPtr relabelled = std::make_unique<RelabelledRows>(std::move(rows), std::move(heads));
    if (!doubled) return relabelled;
    std::unique_ptr<Table> table = TRY(exec.table(std::move(relabelled)));
    TRY(merge_equal_labels(exec, *table, false));
    return RowsPtr(std::move(table));
}

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// `$1`, `${1}`, `$name`, `${name}`, `$$`; an unknown group is empty.
std::string expand(std::string_view pattern, const std::vector<re2::StringPiece>& groups, const std::map<std::string, int>& names) {
    std::string out;
    for (size_t i = 0; i < pattern.size(); i++) {
        if (pattern[i] != '$' || i + 1 == pattern.size()) {
            out += pattern[i];
            continue;
        }
        if (pattern[i + 1] == '$') {
            out += '$';
            i++;
            continue;
        }
        const bool braced = pattern[i + 1] == '{';
        const size_t from = i + 1 + (braced ? 1 : 0);
        size_t to = from;
        while (to < pattern.size() && is_word(pattern[to])) to++;
        if (to == from || (braced && (to == pattern.size() || pattern[to] != '}'))) {
            out += '$';  // not a reference
            continue;
        }
        const std::string name(pattern.substr(from, to - from));
        size_t group = groups.size();
        if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
            if (name.size() < 6) group = static_cast<size_t>(std::atoi(name.c_str()));
        } else if (const auto found = names.find(name); found != names.end()) {
            group = static_cast<size_t>(found->second);
        }
        if (group < groups.size() && groups[group].data() != nullptr) out.append(groups[group].data(), groups[group].size());
        i = to - (braced ? 0 : 1);
    }
    return out;
}

Result<RowsPtr> label_replace(Exec& exec, const Call& node, const Grid& grid) {
    const std::string& to = Exec::string(*node.args[1]);
    const std::string& replacement = Exec::string(*node.args[2]);
    const std::string& from = Exec::string(*node.args[3]);
    const std::string& pattern = Exec::string(*node.args[4]);
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_dot_nl(true);
    const re2::RE2 regex("^(?s:" + pattern + ")$", options);
    if (!regex.ok()) return make_error(Code::internal, "invalid regular expression in label_replace(): {}", pattern);
    if (!is_label_name(to)) return make_error(Code::internal, "invalid destination label name in label_replace(): {}", quoted_text(to));

    const std::map<std::string, int>& names = regex.NamedCapturingGroups();
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
    model::LabelsBuilder builder;
    return relabel(exec, TRY(exec.vector(*node.args[0], grid)), [&](Rows::Head head) {
        const std::string_view value = head.labels.get(from);
        // Not a null pointer for an empty value: a group that matched "" is told from one that did not take part.
        const re2::StringPiece subject(value.empty() ? "" : value.data(), value.size());
        if (!regex.Match(subject, 0, subject.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size())))
            return head;
        builder.reset(head.labels);
        builder.set(to, expand(replacement, groups, names));
        return Rows::Head{exec.arena().put(builder.build()), to == model::METRIC_NAME ? false : head.drop_name};
    });
}

Result<RowsPtr> label_join(Exec& exec, const Call& node, const Grid& grid) {
    const std::string& to = Exec::string(*node.args[1]);
    const std::string& separator = Exec::string(*node.args[2]);
    std::vector<std::string> sources;
    for (size_t k = 3; k < node.args.size(); k++) {
        sources.push_back(Exec::string(*node.args[k]));
        if (!is_label_name(sources.back()))
            return make_error(Code::internal, "invalid source label name in label_join(): {}", quoted_text(sources.back()));
    }
    if (!is_label_name(to)) return make_error(Code::internal, "invalid destination label name in label_join(): {}", quoted_text(to));
    model::LabelsBuilder builder;
    return relabel(exec, TRY(exec.vector(*node.args[0], grid)), [&](Rows::Head head) {
        std::string value;
        for (size_t k = 0; k < sources.size(); k++) {
            if (k > 0) value += separator;
            value += head.labels.get(sources[k]);
        }
        builder.reset(head.labels);
        builder.set(to, value);
        return Rows::Head{exec.arena().put(builder.build()), to == model::METRIC_NAME ? false : head.drop_name};
    });
}

}  // namespace

std::span<const Binding> label_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::label_replace, .vector = promql::label_replace},
        {.id = FunctionId::label_join, .vector = promql::label_join},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
