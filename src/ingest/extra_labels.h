#pragma once

#include "http/message.h"

#include <string>
#include <utility>
#include <vector>

namespace belfry::ingest {

/// Every `extra_label=name=value` of an import's query; `invalid` names the bad one.
[[nodiscard]] inline Result<std::vector<std::pair<std::string, std::string>>> extra_labels_of(
    const http::Request& request) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const std::string& pair : request.query.all("extra_label")) {
        const size_t equals = pair.find('=');
        if (equals == std::string::npos || equals == 0)
            return make_error(Code::invalid, "extra_label={} is not name=value", pair);
        out.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return out;
}

}  // namespace belfry::ingest
