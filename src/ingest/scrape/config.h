#pragma once

#include "base/result.h"
#include "base/yaml.h"
#include "http/fetch.h"
#include "ingest/scrape/scraper_config.h"
#include "model/relabel.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::ingest::scrape {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// How the server of a target is asked. Files are read again at each request.
struct HttpAccess {
    struct Header {
        std::string name;
        std::vector<std::string> values;
        std::vector<std::string> files;
    };
    bool has_basic = false;
    std::string username, username_file, password, password_file;
    std::string authorization_type;  // "" for none
    std::string credentials, credentials_file;
    std::vector<Header> headers;
    bool follow_redirects = true;
    http::TlsOptions tls;
};

/// Targets that a kind of discovery gave at once, and their labels.
struct TargetGroup {
    std::string source;  // where it stands: "static", "targets.json:2"
    std::vector<std::string> targets;
    TextPairs labels;
};

struct FileDiscovery {
    std::vector<std::string> files;  // patterns
    int64_t refresh_ms = 5 * 60'000;
};
struct HttpDiscovery {
    std::string url;
    int64_t refresh_ms = 60'000;
    HttpAccess access;
};

enum class Protocol { protobuf, open_metrics_1_0, open_metrics_0_0_1, text_1_0, text_0_0_4 };

/// Numbers that are 0 mean "no limit", as in Prometheus.
struct JobLimits {
    uint64_t body_bytes = 0;
    uint64_t samples = 0;
    uint64_t targets = 0;
    uint64_t labels = 0;
    uint64_t label_name_bytes = 0;
    uint64_t label_value_bytes = 0;
    uint64_t native_buckets = 0;
    uint64_t kept_dropped_targets = 0;
};

/// One entry of scrape_configs with the defaults of `global` filled in. Immutable; shared by its targets.
struct JobConfig {
    std::string name;
    int64_t interval_ms = 60'000;
    int64_t timeout_ms = 10'000;
    std::string metrics_path = "/metrics";
    std::string scheme = "http";
    std::vector<std::pair<std::string, std::vector<std::string>>> params;
    bool honor_labels = false;
    bool honor_timestamps = true;
    bool track_timestamps_staleness = false;
    bool native_histograms = false;
    bool classic_histograms = false;  // also where a native one is taken
    bool compression = true;
    std::vector<Protocol> protocols;
    std::optional<Protocol> fallback_protocol;
    JobLimits limits;
    HttpAccess access;
    model::RelabelSteps relabel;
    model::RelabelSteps metric_relabel;
    std::vector<TargetGroup> groups;  // static
    std::vector<FileDiscovery> files;
    std::vector<HttpDiscovery> urls;
    std::string fingerprint;  // equal texts: equal jobs
};

/// A scrape file that was read and checked.
struct ScrapeFile {
    TextPairs external_labels;
    std::vector<std::shared_ptr<const JobConfig>> jobs;
    std::vector<std::string> warnings;  // what stands in the file and is not used here
    std::string shown;                  // the file as YAML, secrets left out
};

/// `directory` is where relative paths begin. Errors name the line.
[[nodiscard]] Result<ScrapeFile> read_scrape_config(std::string_view text, const std::string& directory);
[[nodiscard]] Result<ScrapeFile> load_scrape_config(const std::string& path);
/// The job of `ScraperConfig::targets`.
[[nodiscard]] Result<std::shared_ptr<const JobConfig>> plain_job(const ScraperConfig& config);

/// Target groups as file and HTTP discovery give them: JSON (which is YAML, too) or YAML.
[[nodiscard]] Result<std::vector<TargetGroup>> read_target_groups(std::string_view text, const std::string& source);

[[nodiscard]] std::string_view to_string(Protocol protocol);  // "OpenMetricsText1.0.0"
/// The value of Accept: the wanted forms in order, with falling weights.
[[nodiscard]] std::string accept_header(const JobConfig& job);

}  // namespace belfry::ingest::scrape
