#include "app/cli/remote.h"

#include "api/auth/local_access.h"

namespace belfry::app {
namespace {

constexpr const char* DEFAULT_URL = "http://127.0.0.1:2353";

}  // namespace

Result<Remote> Remote::find(const config::CommandLine& line) {
    std::string url = line.url;
    std::string key = line.key;
    if (url.empty() || key.empty()) {
        auto local = api::LocalAccess::read(line.data_dir);
        // the key opens that one server; it must not travel to another
        if (local.ok() && (url.empty() || url == local->url)) {
            url = local->url;
            if (key.empty()) key = local->key;
        } else if (!local.ok() && local.error().code != Code::not_found && url.empty()) {
            return std::move(local).error();
        }
    }
    if (url.empty()) url = DEFAULT_URL;
    if (auto parsed = http::parse_url(url); !parsed.ok()) return parsed.error();
    http::ClientOptions options{.base_url = url};
    auto send = [options = std::move(options), key](const http::ClientRequest& request) {
        http::ClientRequest with_key = request;
        if (!key.empty()) with_key.headers.emplace_back("Authorization", "Bearer " + key);
        return http::send(options, with_key);
    };
    return Remote(url, std::move(send));
}

Error answer_error(const http::ClientResponse& response) {
    std::string sentence;
    if (auto json = JsonView::parse(response.body); json.ok()) sentence = json->string_or("error", "");
    if (sentence.empty()) sentence = fmt::format("the server answered with status {}", response.status);
    // only what the user wrote wrong is wrong usage
    return Error{response.status == 400 ? Code::invalid : Code::unavailable, sentence};
}

Result<JsonView> Remote::call(const std::string& method, const std::string& path, const std::string& json_body) const {
    const http::ClientRequest request{.method = method,
                                      .path = path,
                                      .content_type = json_body.empty() ? "" : "application/json",
                                      .body = json_body,
                                      .headers = {}};
    const auto response = TRY(send_(request));
    if (response.status / 100 != 2) return answer_error(response);
    if (response.body.empty()) return JsonView::parse("null");
    return JsonView::parse(response.body).context("{}{}", url_, path);
}

}  // namespace belfry::app
