// The request's side of a scraper: credentials, redirects, what comes back.
#include "base/base64.h"
#include "base/file.h"
#include "base/number.h"
#include "base/version.h"
#include "ingest/scrape/scraper.h"
#include "ingest/scrape/stats.h"

#include <climits>

namespace belfry::ingest::scrape {
namespace {

constexpr uint64_t SECRET_BYTES_MAX = 64 << 10;
constexpr int REDIRECTS_MAX = 10;

Result<std::string> secret_of(const std::string& text, const std::string& file) {
    if (file.empty()) return text;
    std::string secret = TRY(read_file(real_file_system(), file, SECRET_BYTES_MAX));
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r' || secret.back() == ' '))
        secret.pop_back();
    if (secret.find_first_of("\r\n") != std::string::npos)
        return make_error(Code::invalid, "{} has several lines", file);
    return secret;
}

/// Where a redirect leads, seen from where we are.
Result<std::pair<http::Url, std::string>> redirected(const http::Url& from,
                                                     std::string_view target,
                                                     std::string_view location) {
    if (location.find("://") == std::string_view::npos) {
        std::string path(location);
        if (location.starts_with("//")) return make_error(Code::invalid, "a redirect to {}", location);
        if (!location.starts_with('/')) {
            const std::string_view base = target.substr(0, target.find('?'));
            path = std::string(base.substr(0, base.rfind('/') + 1)) + path;
        }
        return std::pair(from, path.substr(0, path.find('#')));
    }
    const size_t host = location.find("://") + 3;
    const size_t path = std::min(location.find_first_of("/?#", host), location.size());
    http::Url url = TRY(http::parse_url(location.substr(0, path)));
    std::string rest(location.substr(path, location.find('#') - path));
    if (!rest.starts_with('/')) rest.insert(0, "/");
    return std::pair(std::move(url), std::move(rest));
}

}  // namespace

Result<http::FetchResponse> Scraper::ask(Clock& clock,
                                         http::FetchConnection& connection,
                                         const HttpAccess& access,
                                         http::FetchRequest request,
                                         int cancel_fd) {
    const int64_t deadline_ms = clock.monotonic_ms() + request.timeout_ms;
    request.headers.emplace_back("User-Agent", fmt::format("Belfry/{}", VERSION));
    const size_t public_headers = request.headers.size();
    if (access.has_basic) {
        const std::string user = TRY(secret_of(access.username, access.username_file));
        const std::string password = TRY(secret_of(access.password, access.password_file));
        request.headers.emplace_back("Authorization", "Basic " + encode_base64(user + ":" + password));
    } else if (!access.authorization_type.empty()) {
        const std::string credentials = TRY(secret_of(access.credentials, access.credentials_file));
        request.headers.emplace_back("Authorization", access.authorization_type + " " + credentials);
    }
    for (const HttpAccess::Header& header : access.headers) {
        for (const std::string& value : header.values)
            request.headers.emplace_back(header.name, value);
        for (const std::string& file : header.files)
            request.headers.emplace_back(header.name, TRY(secret_of("", file)));
    }
    http::FetchConnection* to = &connection;
    std::unique_ptr<http::FetchConnection> elsewhere;
    for (int redirects = 0;; redirects++) {
        Result<http::FetchResponse> answer = to->send(request);
        if (!answer.ok() || !access.follow_redirects) return answer;
        const int status = answer->status;
        if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) return answer;
        const std::string location(answer->header("location"));
        if (location.empty()) return answer;
        if (redirects == REDIRECTS_MAX) return make_error(Code::unavailable, "more than {} redirects", REDIRECTS_MAX);
        auto [url, target] = TRY(redirected(to->url(), request.target, location));
        request.target = std::move(target);
        request.timeout_ms = deadline_ms - clock.monotonic_ms();
        request.connect_timeout_ms = request.timeout_ms;
        if (url.authority() == to->url().authority() && url.scheme == to->url().scheme) continue;
        request.headers.resize(
            std::min(request.headers.size(), public_headers));  // our secrets are for our server alone
        auto tls = url.scheme == "https" ? std::make_shared<http::TlsClient>(access.tls) : nullptr;
        elsewhere = std::make_unique<http::FetchConnection>(clock, std::move(url), std::move(tls), cancel_fd);
        to = elsewhere.get();
    }
}

Result<Protocol> protocol_of_answer(std::string_view content_type, const JobConfig& job) {
    std::string media(content_type.substr(0, content_type.find(';')));
    while (!media.empty() && media.back() == ' ')
        media.pop_back();
    if (media == "application/openmetrics-text") return Protocol::open_metrics_1_0;
    if (media == "text/plain") return Protocol::text_0_0_4;
    if (media == "application/vnd.google.protobuf") {
        if (content_type.find("io.prometheus.client.MetricFamily") == std::string_view::npos ||
            content_type.find("delimited") == std::string_view::npos)
            return make_error(Code::invalid, "protobuf of another kind: {}", content_type);
        return Protocol::protobuf;
    }
    if (job.fallback_protocol) return *job.fallback_protocol;
    if (media.empty())
        return make_error(Code::invalid, "the answer has no Content-Type; set fallback_scrape_protocol to take it");
    return make_error(Code::invalid,
                      "Content-Type {} is no form of exposition; set fallback_scrape_protocol to take it",
                      media.substr(0, 100));
}

}  // namespace belfry::ingest::scrape
