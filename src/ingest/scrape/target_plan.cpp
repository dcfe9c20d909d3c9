#include "ingest/scrape/target_plan.h"

#include "base/number.h"
#include "http/url.h"
#include "ingest/scrape/yaml_fields.h"

#include <map>

namespace belfry::ingest::scrape {
namespace {

constexpr std::string_view PARAM = "__param_";

std::string query_of(const JobConfig& job, const model::LabelsBuilder& labels) {
    std::map<std::string, std::vector<std::string>> params;  // sorted, as other programs send them
    for (const auto& [name, values] : job.params)
        params[name] = values;
    for (const auto& [name, value] : labels.labels()) {
        if (!name.starts_with(PARAM)) continue;
        std::vector<std::string>& values = params[name.substr(PARAM.size())];
        if (values.empty())
            values.push_back(value);
        else
            values.front() = value;
    }
    std::string out;
    for (const auto& [name, values] : params)
        for (const std::string& value : values)
            out += (out.empty() ? "?" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    return out;
}

// A path with everything but its own characters encoded.
std::string encoded_path(std::string_view path) {
    std::string out = path.starts_with('/') ? "" : "/";
    for (const char c : path) {
        const auto u = static_cast<unsigned char>(c);
        if (u <= ' ' || u >= 127 || c == '"' || c == '<' || c == '>' || c == '?' || c == '#')
            out += fmt::format("%{:02X}", static_cast<unsigned>(u));
        else
            out += c;
    }
    return out;
}

Result<int64_t> duration_label(const model::LabelsBuilder& labels, std::string_view name) {
    const std::string text(labels.get(name));
    const std::optional<int64_t> ms = strict_duration_ms(text);
    if (!ms || *ms <= 0) return make_error(Code::invalid, "label {}=\"{}\" is not a duration above zero", name, text);
    return *ms;
}

}  // namespace

std::string TargetPlan::key() const {
    return fmt::format("{}\n{}\n{} {}", url(), labels.bytes(), interval_ms, timeout_ms);
}

Result<TargetPlan> plan_target(const JobConfig& job, const TargetGroup& group, const std::string& address) {
    model::LabelsBuilder builder;
    builder.set("__address__", address);
    for (const auto& [name, value] : group.labels)
        builder.set(name, value);
    const auto fill = [&](std::string_view name, std::string_view value) {
        if (builder.get(name).empty()) builder.set(name, value);
    };
    fill("job", job.name);
    fill("__scrape_interval__", format_duration_ms(job.interval_ms));
    fill("__scrape_timeout__", format_duration_ms(job.timeout_ms));
    fill("__metrics_path__", job.metrics_path);
    fill("__scheme__", job.scheme);
    for (const auto& [name, values] : job.params)
        if (!values.empty()) fill(std::string(PARAM) + name, values.front());
    TargetPlan plan;
    plan.discovered = builder.build();
    if (!model::relabel(job.relabel, builder)) {
        plan.dropped = true;
        return plan;
    }
    const std::string host_port(builder.get("__address__"));
    if (host_port.empty()) return make_error(Code::invalid, "a target without __address__");
    if (host_port.find('/') != std::string::npos)
        return make_error(Code::invalid, "\"{}\" is not host:port; a path belongs into metrics_path", host_port);
    const std::string scheme(builder.get("__scheme__"));
    if (scheme != "http" && scheme != "https")
        return make_error(Code::invalid, "scheme \"{}\" of {} is neither http nor https", scheme, host_port);
    plan.server = TRY(http::parse_url(scheme + "://" + host_port));
    plan.path_and_query = encoded_path(builder.get("__metrics_path__")) + query_of(job, builder);
    plan.interval_ms = TRY(duration_label(builder, "__scrape_interval__"));
    plan.timeout_ms = TRY(duration_label(builder, "__scrape_timeout__"));
    if (plan.timeout_ms > plan.interval_ms)
        return make_error(Code::invalid, "{}: the timeout is longer than the interval", host_port);
    const auto all = builder.labels();
    for (const auto& label : all)
        if (label.first.starts_with("__")) builder.erase(label.first);
    if (builder.get("instance").empty()) builder.set("instance", host_port);
    plan.labels = builder.build();
    return plan;
}

}  // namespace belfry::ingest::scrape
