#include "api/monasca/metric_groups.h"

#include "api/monasca/monasca_api.h"
#include "base/json.h"
#include "base/number.h"

#include <map>

namespace belfry::api::monasca {
namespace {

Status read_offset(std::string_view text, MetricQuestion& out) {
    if (text.empty()) return {};
    const std::vector<std::string> parts = split(text, '_');
    const auto time_of = [](const std::string& part) -> std::optional<int64_t> {
        if (const auto ms = parse_int(part)) return ms;
        return parse_iso_ms(part);
    };
    std::optional<uint64_t> rows = 0;
    if (parts.size() > 1) out.offset_id = parts[0];
    out.offset_ms = time_of(parts.size() > 1 ? parts[1] : parts[0]);
    if (parts.size() == 3) rows = parse_uint(parts[2]);
    if (parts.size() > 3 || !out.offset_ms || !rows)
        return make_error(Code::invalid, "offset {:?} is none of this list", text.substr(0, 80));
    out.offset_rows = static_cast<size_t>(*rows);
    return {};
}

model::Dimensions dimensions_of(model::LabelsView labels) {
    model::Dimensions out;
    for (const model::Label& label : labels)
        if (label.name != model::METRIC_NAME) out.emplace_back(label.name, label.value);
    return out;
}

/// What a merged answer shows: the filter as it was asked.
model::Dimensions dimensions_of(const DimensionFilter& filter) {
    model::Dimensions out;
    for (const DimensionFilter::One& one : filter.all) {
        std::string values;
        for (const std::string& value : one.values)
            (values += values.empty() ? "" : "|") += value;
        out.emplace_back(one.key, std::move(values));
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string group_id(std::string_view name, const model::Dimensions& dimensions) {
    std::vector<model::Label> labels;
    for (const auto& [key, value] : dimensions)
        labels.push_back({key, value});
    return metric_id(name, model::Labels::from(std::move(labels)));
}

/// The one series that has samples; `conflict` when there are two.
Result<std::vector<size_t>> only_series(const MetricQuestion& question,
                                        const query::SeriesSet& set,
                                        query::Budget& budget) {
    std::vector<size_t> found;
    model::SampleColumns newest;
    for (size_t i = 0; i < set.series().size(); i++) {
        if (set.series().size() > 1) {
            TRY(set.read_newest(i, question.range, false, newest, budget));
            if (newest.empty()) continue;
        }
        found.push_back(i);
        if (found.size() > 1)
            return make_error(
                Code::conflict,
                "found multiple metrics matching metric name and dimensions. Please refine your search "
                "criteria using a unique metric name or additional dimensions. Alternatively, you may "
                "specify 'merge_metrics=True' as a query parameter to combine all metrics matching search "
                "criteria into a single series.");
    }
    return found;
}

}  // namespace

Result<MetricQuestion> read_question(const http::Request& request, int64_t now_ms) {
    MetricQuestion out;
    out.name = TRY(required_param(request, "name"));
    TRY(required_param(request, "start_time"));
    const auto start = TRY(time_param(request, "start_time"));
    const auto end = TRY(time_param(request, "end_time"));
    out.range = {*start, end.value_or(now_ms)};
    // both are in the range; a range that is none stays one
    if (out.range.from_ms < out.range.to_ms) out.range.to_ms++;
    out.filter = TRY(dimension_param(request, "dimensions"));
    out.matchers = TRY(matchers_of(out.name, out.filter));
    out.merge = flag_param(request, "merge_metrics");
    for (const std::string& key : split(request.query.get("group_by").value_or(""), ',')) {
        if (key.empty() || (key != "*" && key.front() == '_'))
            return make_error(Code::invalid, "group_by {:?} is no dimension", key.substr(0, 80));
        out.group_by.push_back(key);
    }
    out.limit = TRY(limit_param(request));
    TRY(read_offset(request.query.get("offset").value_or(""), out));
    return out;
}

Result<std::vector<MetricGroup>> groups_of(const MetricQuestion& question,
                                           const query::SeriesSet& set,
                                           query::Budget& budget) {
    std::vector<MetricGroup> out;
    const auto series = set.series();
    const bool each = std::find(question.group_by.begin(), question.group_by.end(), "*") != question.group_by.end();
    if (each || (question.group_by.empty() && !question.merge)) {
        std::vector<size_t> members;
        if (each) {
            for (size_t i = 0; i < series.size(); i++)
                members.push_back(i);
        } else {
            members = TRY(only_series(question, set, budget));
        }
        for (const size_t i : members) {
            MetricGroup& group = out.emplace_back();
            group.dimensions = dimensions_of(series[i].labels);
            group.series = {i};
        }
    } else if (question.group_by.empty()) {
        MetricGroup& group = out.emplace_back();
        group.dimensions = dimensions_of(question.filter);
        for (size_t i = 0; i < series.size(); i++)
            group.series.push_back(i);
    } else {
        std::map<model::Dimensions, std::vector<size_t>> groups;
        for (size_t i = 0; i < series.size(); i++) {
            model::Dimensions dimensions;
            for (const std::string& key : question.group_by)
                dimensions.emplace_back(key, series[i].labels.get(key));
            groups[std::move(dimensions)].push_back(i);
        }
        for (auto& [dimensions, members] : groups)
            out.push_back({"", dimensions, std::move(members)});
    }
    TRY(budget.charge_memory(series.size() * sizeof(size_t) + out.size() * sizeof(MetricGroup)));
    for (MetricGroup& group : out)
        group.id = group_id(question.name, group.dimensions);
    if (!question.offset_id.empty()) {
        const auto at =
            std::find_if(out.begin(), out.end(), [&](const MetricGroup& g) { return g.id == question.offset_id; });
        if (at == out.end()) return make_error(Code::invalid, "the offset is no element of this list (any more)");
        out.erase(out.begin(), at);
    }
    return out;
}

void write_dimensions(JsonWriter& json, const model::Dimensions& dimensions) {
    json.begin_object();
    for (const auto& [key, value] : dimensions)
        json.field(key, value);
    json.end_object();
}

}  // namespace belfry::api::monasca
