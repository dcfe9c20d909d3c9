#pragma once

#include "base/result.h"
#include "http/fetch.h"
#include "model/relabel.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::forward {

/// One entry of `remote_write`, with Prometheus' keys and defaults.
struct DestinationConfig {
    std::string name;  // unique; made of the URL when the file gives none
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;  // Authorization included
    std::string credentials_file;                              // read again for each request: "Bearer <content>"
    std::string credentials_type = "Bearer";
    http::TlsOptions tls;
    model::RelabelSteps relabel;     // write_relabel_configs, on the labels as they leave
    std::string tenant = "default";  // Belfry's own key: whose samples go there
    bool send_exemplars = false;
    bool send_native_histograms = false;
    bool send_metadata = true;
    uint64_t samples_per_send = 2'000;
    int64_t batch_deadline_ms = 1'000;  // Prometheus: 5 s
    int64_t min_backoff_ms = 30;
    int64_t max_backoff_ms = 5'000;
    int64_t timeout_ms = 30'000;
};

/// The destinations of a Prometheus configuration; other sections of the file are passed over. An unknown key below
/// remote_write is `invalid` with its line, one that is known and does nothing here goes to `warnings`.
[[nodiscard]] Result<std::vector<DestinationConfig>> parse_destinations(std::string_view yaml,
                                                                        std::vector<std::string>& warnings);

}  // namespace belfry::forward
