#include "api/prometheus/bulk_api.h"

#include "api/prometheus/bulk_stats.h"
#include "api/prometheus/render.h"

namespace belfry::api {

void BulkApi::add_routes(http::Router& router) {
    struct Entry {
        std::string_view method;
        std::string_view path;
        std::string_view way;
        Answer (BulkApi::*handler)(const http::Request&) const;
        http::RouteOptions options = {};
    };
    static constexpr Entry ENTRIES[] = {
        {"POST", "/api/v1/read", "remote_read", &BulkApi::remote_read, {.raw_body = true}},
        {"GET", "/federate", "federate", &BulkApi::federate},
        {"GET", "/api/v1/export/openmetrics", "export", &BulkApi::export_open_metrics},
        {"POST", "/api/v1/export/openmetrics", "export", &BulkApi::export_open_metrics},
        {"GET", "/api/v1/export", "export", &BulkApi::export_json_lines},
        {"POST", "/api/v1/export", "export", &BulkApi::export_json_lines},
    };
    for (const Entry& entry : ENTRIES) {
        const auto run = [this, handler = entry.handler, way = std::string(entry.way)](const http::Request& request) {
            auto answer = (this->*handler)(request);
            if (answer.ok()) return std::move(*answer);
            bulk_refused_total.at({way, std::string(to_string(answer.error().code))}).add();
            return query_error(answer.error());
        };
        for (const std::string_view prefix : {"", "/prometheus"})
            router.add(std::string(entry.method), fmt::format("{}{}", prefix, entry.path), http::Access::read, run,
                       entry.options);
    }
}

std::shared_ptr<query::Budget> BulkApi::budget(const http::Request& request) const {
    query::BudgetLimits limits = options_.limits;
    limits.samples_max = 0;
    limits.wall_ms_max = options_.config.wall_ms_max;
    auto out = std::make_shared<query::Budget>(limits, clock_);
    out->cancel_with(request.disconnected);
    return out;
}

Result<model::Labels> parse_external_labels(const std::vector<std::string>& lines) {
    std::vector<model::Label> labels;
    for (const std::string& line : lines) {
        const size_t equals = line.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == line.size())
            return make_error(Code::invalid, "bulk.external_labels: {} is not name=value", line);
        labels.push_back({std::string_view(line).substr(0, equals), std::string_view(line).substr(equals + 1)});
    }
    return model::Labels::from(std::move(labels));
}

}  // namespace belfry::api
