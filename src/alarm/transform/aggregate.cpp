#include "alarm/transform/aggregate.h"

#include <cmath>
#include <map>

namespace belfry::alarm {
namespace {

constexpr std::string_view MISSING = "NA";  // as monasca-transform calls it
using Group = std::vector<std::string>;     // values of the fields, in their order

/// All that any operation needs of many values.
struct Fold {
    double sum = 0, min = 0, max = 0, oldest = 0, latest = 0;
    uint64_t count = 0;
    int64_t oldest_ms = 0, latest_ms = 0;

    void add(double value, int64_t time_ms) {
        if (count == 0 || value < min) min = value;
        if (count == 0 || value > max) max = value;
        if (count == 0 || time_ms < oldest_ms) oldest = value, oldest_ms = time_ms;
        if (count == 0 || time_ms >= latest_ms) latest = value, latest_ms = time_ms;
        sum += value;
        ++count;
    }
    [[nodiscard]] double get(TransformOp op) const {
        switch (op) {
            case TransformOp::sum: return sum;
            case TransformOp::max: return max;
            case TransformOp::min: return min;
            case TransformOp::avg: return sum / static_cast<double>(count);
            case TransformOp::latest: return latest;
            case TransformOp::oldest: return oldest;
        }
        return 0;
    }
};

/// What a field of a series holds; nothing when it has none.
std::optional<std::string> field_value(const TransformSpec& spec,
                                       const TransformInput& input,
                                       std::string_view tenant,
                                       std::string_view field) {
    if (field == "metric_id") return spec.metric_id;
    if (field == "event_type") return input.spec->event_type;
    const auto label = [&](std::initializer_list<std::string_view> names) -> std::optional<std::string> {
        for (const std::string_view name : names)
            if (const std::string_view value = input.labels.view().get(name); !value.empty()) return std::string(value);
        return std::nullopt;
    };
    std::optional<std::string> found;
    if (field == "host")
        found = label({"host", "hostname"});
    else if (field == "project_id")
        found = label({"project_id", "tenant_id", "tenantId"});
    else if (field == "resource_uuid")
        found = label({"resource_uuid", "resource_id", "resourceId"});
    else if (field == "user_id")
        found = label({"user_id", "userId"});
    else
        found = label({field});
    if (found) return found;
    if (field == "project_id") return std::string(tenant);
    const auto preset = input.spec->defaults.find(field);
    return preset == input.spec->defaults.end() ? std::nullopt : std::optional<std::string>(preset->second);
}

bool is_wanted(const TransformSpec& spec, const TransformInput& input, std::string_view tenant) {
    for (const std::string& field : input.spec->required_fields)
        if (field != "creation_time" && !field_value(spec, input, tenant, field)) return false;
    return std::all_of(spec.filters.begin(), spec.filters.end(), [&](const TransformFilter& filter) {
        const auto value = field_value(spec, input, tenant, filter.field);
        return filter.pattern.found_in(value.value_or(std::string(MISSING))) == filter.include;
    });
}

using Groups = std::map<Group, Fold>;

Groups group(const TransformSpec& spec,
             const std::vector<TransformInput>& inputs,
             std::string_view tenant,
             const std::vector<std::string>& fields,
             std::string_view event) {
    Groups out;
    for (const TransformInput& input : inputs) {
        if ((!event.empty() && input.spec->event_type != event) || !is_wanted(spec, input, tenant)) continue;
        Group key;
        for (const std::string& field : fields)
            key.push_back(field_value(spec, input, tenant, field).value_or(std::string(MISSING)));
        Fold* fold = nullptr;
        for (size_t i = 0; i < input.samples.size(); ++i) {
            if (!std::isfinite(input.samples.values[i])) continue;
            if (fold == nullptr) fold = &out[key];
            fold->add(input.samples.values[i], input.samples.times_ms[i]);
        }
    }
    return out;
}

/// The values of `wanted` out of those of `has`; "all" for what is not in it.
Group project(const std::vector<std::string>& has, const Group& values, const std::vector<std::string>& wanted) {
    Group out;
    for (const std::string& field : wanted) {
        const auto found = std::find(has.begin(), has.end(), field);
        out.push_back(found == has.end() ? "all" : values[static_cast<size_t>(found - has.begin())]);
    }
    return out;
}

std::map<Group, double> roll_up(const std::map<Group, double>& values,
                                const std::vector<std::string>& has,
                                const std::vector<std::string>& by,
                                TransformOp op) {
    Groups folds;
    for (const auto& [key, value] : values)
        folds[project(has, key, by)].add(value, 0);
    std::map<Group, double> out;
    for (const auto& [key, fold] : folds)
        out.emplace(key, fold.get(op));
    return out;
}

std::map<Group, double> take(const Groups& groups, TransformOp op) {
    std::map<Group, double> out;
    for (const auto& [key, fold] : groups)
        out.emplace(key, fold.get(op));
    return out;
}

std::map<Group, double> utilisation(const TransformSpec& spec,
                                    const std::vector<TransformInput>& inputs,
                                    std::string_view tenant,
                                    const std::vector<std::string>& fields) {
    const Groups totals = group(spec, inputs, tenant, fields, spec.total_event);
    const Groups idle = group(spec, inputs, tenant, fields, spec.idle_event);
    std::map<Group, double> out;
    for (const auto& [key, total] : totals) {
        const auto found = idle.find(key);
        if (found == idle.end()) continue;
        out.emplace(key, (100 - found->second.get(spec.operation)) / 100 * total.get(spec.operation));
    }
    return out;
}

/// Per cent of change from the oldest to the latest, each summed over its groups first.
std::map<Group, double> rate(const TransformSpec& spec, const Groups& groups) {
    const auto latest = roll_up(take(groups, TransformOp::latest), spec.group_by, spec.rollup_by, TransformOp::sum);
    const auto oldest = roll_up(take(groups, TransformOp::oldest), spec.group_by, spec.rollup_by, TransformOp::sum);
    std::map<Group, double> out;
    for (const auto& [key, value] : latest)
        if (const double before = oldest.at(key); before != 0) out.emplace(key, (value - before) / before * 100);
    return out;
}

}  // namespace

std::vector<TransformOutput> aggregate(const TransformSpec& spec,
                                       const std::vector<TransformInput>& inputs,
                                       std::string_view tenant) {
    std::vector<std::string> fields = spec.group_by;
    std::map<Group, double> values;
    if (spec.usage == TransformSpec::Usage::utilisation) {
        std::erase(fields, "event_type");  // total and idle of one host belong together
        values = utilisation(spec, inputs, tenant, fields);
    } else if (spec.usage == TransformSpec::Usage::rate) {
        values = rate(spec, group(spec, inputs, tenant, fields, ""));
        fields = spec.rollup_by;
    } else {
        values = take(group(spec, inputs, tenant, fields, ""), spec.operation);
    }
    if (spec.rolls_up && spec.usage != TransformSpec::Usage::rate) {
        values = roll_up(values, fields, spec.rollup_by, spec.rollup_operation);
        fields = spec.rollup_by;
    }
    std::vector<TransformOutput> out;
    for (const auto& [key, value] : values) {
        if (!std::isfinite(value)) continue;
        std::map<std::string, std::string> dimensions;
        for (const std::string& dimension : spec.dimensions) {
            if (dimension == "aggregation_period")
                dimensions[dimension] = "hourly";
            else
                dimensions[dimension] = project(fields, key, {canonical_field(dimension)})[0];
        }
        std::vector<model::Label> labels = {{model::METRIC_NAME, spec.name}};
        for (const auto& [name, text] : dimensions)
            labels.push_back({name, text});
        out.push_back({model::Labels::from(std::move(labels)), value});
    }
    return out;
}

}  // namespace belfry::alarm
