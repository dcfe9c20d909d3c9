#include "store/metric/posting_source.h"

#include "model/labels.h"

namespace belfry::store {
namespace {

using model::Matcher;

bool is_any(const Matcher& m) { return m.op() == Matcher::Op::regex && m.value() == ".*"; }
bool is_some(const Matcher& m) {
    return (m.op() == Matcher::Op::regex && m.value() == ".+") || (m.op() == Matcher::Op::not_equal && m.value().empty());
}

// Series with a value (not empty) that the matcher accepts.
Result<Ids> accepted(const PostingSource& source, const Matcher& m) {
    IdUnion out;
    if (!m.literals().empty()) {
        for (const std::string& value : m.literals()) {
            if (!value.empty()) TRY(source.with_value(m.name(), value, out));
        }
    } else if (is_some(m)) {
        TRY(source.with_name(m.name(), out));
    } else {
        TRY(source.with_values(m.name(), m.prefix(), [&](std::string_view v) { return m.matches(v); }, out));
    }
    return out.take();
}

// Series with a value that the matcher does not accept; for matchers that accept a missing label.
Result<Ids> rejected(const PostingSource& source, const Matcher& m) {
    IdUnion out;
    if (m.op() == Matcher::Op::not_equal) {
        TRY(source.with_value(m.name(), m.value(), out));
    } else if (m.value().empty()) {
        TRY(source.with_name(m.name(), out));  // l="" or l=~"": any value is one too many
    } else {
        TRY(source.with_values(m.name(), "", [&](std::string_view v) { return !m.matches(v); }, out));
    }
    return out.take();
}

}  // namespace

Result<Ids> find_series(const PostingSource& source, std::string_view tenant, const model::Matchers& matchers) {
    std::optional<Ids> found;
    const auto keep = [&](Ids ids) { found = found ? intersect(*found, ids) : std::move(ids); };
    // plain equalities first: they make the rest cheap
    for (const bool plain : {true, false}) {
        for (const Matcher& m : matchers) {
            if (m.matches_empty() || (m.op() == Matcher::Op::equal) != plain) continue;
            if (found && found->empty()) return Ids();
            keep(TRY(accepted(source, m)));
        }
    }
    if (tenant != model::DEFAULT_TENANT) {
        IdUnion own;
        TRY(source.with_value(model::TENANT_LABEL, tenant, own));
        keep(own.take());
    }
    if (!found) {
        IdUnion all;
        TRY(source.all(all));
        found = all.take();
    }
    if (tenant == model::DEFAULT_TENANT && !found->empty()) {
        IdUnion foreign;
        TRY(source.with_name(model::TENANT_LABEL, foreign));
        const Ids ids = foreign.take();
        if (!ids.empty()) found = subtract(*found, ids);
    }
    for (const Matcher& m : matchers) {
        if (!m.matches_empty() || is_any(m) || found->empty()) continue;
        const Ids ids = TRY(rejected(source, m));
        if (!ids.empty()) found = subtract(*found, ids);
    }
    return std::move(*found);
}

}  // namespace belfry::store
