#include "http/client.h"

namespace belfry::http {

Result<ClientResponse> send(const ClientOptions& options, const ClientRequest& request) {
    Url url = TRY(parse_url(options.base_url));
    auto tls = url.scheme == "https" ? std::make_shared<TlsClient>(options.tls) : nullptr;
    FetchRequest out{.method = request.method,
                     .target = url.path + request.path,
                     .headers = request.headers,
                     .body = request.body,
                     .timeout_ms = options.connect_timeout_ms + options.read_timeout_ms,
                     .connect_timeout_ms = options.connect_timeout_ms,
                     .body_bytes_max = options.body_bytes_max,
                     .may_grow = {},
                     .receive = request.receive};
    if (out.target.empty()) out.target = "/";
    if (!request.content_type.empty()) out.headers.emplace_back("Content-Type", request.content_type);
    out.headers.emplace_back("Connection", "close");
    FetchConnection connection(system_clock(), std::move(url), std::move(tls));
    Result<FetchResponse> answer = connection.send(out);
    if (!answer.ok()) return std::move(answer).error().context("{}", options.base_url);
    std::string content_type(answer->header("content-type"));
    return ClientResponse{.status = answer->status,
                          .content_type = std::move(content_type),
                          .body = std::move(answer->body),
                          .headers = std::move(answer->headers)};
}

}  // namespace belfry::http
