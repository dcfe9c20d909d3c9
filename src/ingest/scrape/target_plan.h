#pragma once

#include "ingest/scrape/config.h"
#include "model/labels.h"

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::ingest::scrape {

/// What one address of a target group comes to: where to ask and what labels its series get, or that relabelling
/// dropped it.
struct TargetPlan {
    model::Labels discovered;  // before relabelling, with __address__ and the other labels in two underscores
    model::Labels labels;      // of the series
    bool dropped = false;
    http::Url server;
    std::string path_and_query;
    int64_t interval_ms = 0;
    int64_t timeout_ms = 0;

    [[nodiscard]] std::string url() const { return server.scheme + "://" + server.authority() + path_and_query; }
    /// Equal for targets that are the same.
    [[nodiscard]] std::string key() const;
};

/// Fills in the labels of the job, relabels, checks. `invalid` says what is wrong with the target.
[[nodiscard]] Result<TargetPlan> plan_target(const JobConfig& job,
                                             const TargetGroup& group,
                                             const std::string& address);

}  // namespace belfry::ingest::scrape
