#pragma once

#include "ingest/scrape/config.h"
#include "ingest/scrape/yaml_fields.h"

#include <string>
#include <vector>

namespace belfry::ingest::scrape {

/// Reads what a scrape config and a discovery have in common: basic_auth, authorization, tls_config, http_headers, ...
/// out of the same map. What is known and not used goes to `warnings`.
void read_access(YamlFields& fields,
                 const std::string& directory,
                 const std::string& where,
                 HttpAccess& out,
                 std::vector<std::string>& warnings);

[[nodiscard]] std::string join_path(const std::string& directory, const std::string& path);

}  // namespace belfry::ingest::scrape
