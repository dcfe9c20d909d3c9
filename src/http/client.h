#pragma once

#include "base/result.h"
#include "http/fetch.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace belfry::http {

struct ClientRequest {
    std::string method = "GET";
    std::string path;  // with query, already encoded
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Gets the body of a 2xx answer part by part, without a limit; false gives it up. `ClientResponse::body` stays empty.
    std::function<bool(std::string_view)> receive = nullptr;
};

struct ClientResponse {
    int status = 0;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
};

struct ClientOptions {
    std::string base_url;  // "http://127.0.0.1:2353/prefix" or https
    int64_t connect_timeout_ms = 5'000;
    int64_t read_timeout_ms = 120'000;
    uint64_t body_bytes_max = 256ULL << 20;  // a longer answer is `exhausted`
    TlsOptions tls = {};
};

/// One request on a connection of its own. `unavailable` when the server does not answer; any status is an answer.
/// Redirects are not followed. Blocks.
[[nodiscard]] Result<ClientResponse> send(const ClientOptions& options, const ClientRequest& request);

}  // namespace belfry::http
