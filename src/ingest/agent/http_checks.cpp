// Checks of what speaks HTTP: http_check, prometheus, cert_check.
#include "base/base64.h"
#include "codec/exposition.h"
#include "http/fetch.h"
#include "ingest/agent/check.h"
#include "model/pattern.h"

namespace belfry::ingest::agent {
namespace {

constexpr uint64_t BODY_BYTES_MAX = 64ULL << 20;
constexpr int64_t DAY_MS = 86'400'000;

struct Target {
    http::Url url;
    std::string path;  // with query
    std::shared_ptr<http::TlsClient> tls;
};

Result<Target> make_target(const Fields& fields, std::string_view name, http::TlsOptions tls) {
    const std::string text = TRY(fields.needed(name));
    const size_t query = text.find('?');
    auto url = http::parse_url(text.substr(0, query));
    if (!url.ok()) return fields.wrong(name, url.error().message);
    Target out{.url = *url, .path = url->path.empty() ? "/" : url->path, .tls = nullptr};
    // parse_url leaves out the last '/', which may mean something here
    if (text.substr(0, query).ends_with('/') && !out.path.ends_with('/')) out.path += '/';
    if (query != std::string::npos) out.path += text.substr(query);
    if (out.url.scheme == "https") out.tls = std::make_shared<http::TlsClient>(std::move(tls));
    return out;
}

class HttpCheck final : public Check {
  public:
    HttpCheck(Clock& clock, Target target, Dimensions dimensions)
        : clock_(clock), target_(std::move(target)), dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        const int64_t start_ns = clock_.monotonic_ns();
        http::FetchConnection connection(clock_, target_.url, target_.tls);
        http::FetchRequest request;
        request.target = target_.path;
        request.headers = headers;
        request.timeout_ms = request.connect_timeout_ms = timeout_ms;
        request.body_bytes_max = BODY_BYTES_MAX;
        const auto response = connection.send(request);
        const double took_s = static_cast<double>(clock_.monotonic_ns() - start_ns) / 1e9;
        const int64_t now_ms = clock_.now_ms();
        std::string error;
        if (!response.ok())
            error = fmt::format("{} is down: {}", dimensions_["url"], response.error().message);
        else if (response->status >= 400)
            error = fmt::format("{} is down: it answers with status {}", dimensions_["url"], response->status);
        else if (pattern && !pattern->found_in(response->body))
            error = fmt::format("{} answers, but match_pattern is not found in it", dimensions_["url"]);
        if (response_time && response.ok()) out.push_back({"http_response_time", dimensions_, took_s, now_ms, {}});
        out.push_back({"http_status", dimensions_, error.empty() ? 0.0 : 1.0, now_ms, std::move(error)});
        return {};
    }

    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<model::Pattern> pattern;
    int64_t timeout_ms = 0;
    bool response_time = false;

  private:
    Clock& clock_;  // outlives this
    const Target target_;
    Dimensions dimensions_;
};

class PrometheusCheck final : public Check {
  public:
    PrometheusCheck(Clock& clock, Target target, Dimensions dimensions)
        : clock_(clock),
          dimensions_(std::move(dimensions)),
          path_(target.path),
          connection_(clock, target.url, target.tls) {}

    Status run(Measurements& out) override {
        http::FetchRequest request;
        request.target = path_;
        request.headers = {{"Accept", "text/plain;version=0.0.4"}};
        request.timeout_ms = request.connect_timeout_ms = timeout_ms;
        request.body_bytes_max = BODY_BYTES_MAX;
        const auto response = TRY(connection_.send(request));
        if (response.status != 200) return make_error(Code::unavailable, "it answers with status {}", response.status);
        codec::ExpositionParser parser(response.body,
                                       codec::exposition_format(response.header("content-type"), response.body));
        const int64_t now_ms = clock_.now_ms();
        while (true) {
            const auto line = TRY(parser.next());
            if (!line) return {};
            if (line->kind == codec::ExpositionLine::Kind::sample && std::isfinite(line->value))
                TRY(add(*line, now_ms, out));
        }
    }

    std::vector<std::string> whitelist;
    int64_t timeout_ms = 0;

  private:
    Status add(const codec::ExpositionLine& line, int64_t now_ms, Measurements& out) {
        labels_.clear();
        arena_.clear();
        TRY(codec::decode_exposition_labels(line.series, labels_, arena_));
        Measurement m{.name = {},
                      .dimensions = dimensions_,
                      .value = line.value,
                      .time_ms = line.time_ms.value_or(now_ms),
                      .error = {}};
        for (const model::Label& label : labels_) {
            if (label.name == model::METRIC_NAME)
                m.name = label.value;
            else if (!label.value.empty())
                m.dimensions.insert_or_assign(std::string(label.name), std::string(label.value));
        }
        if (whitelist.empty() || std::find(whitelist.begin(), whitelist.end(), m.name) != whitelist.end())
            out.push_back(std::move(m));
        return {};
    }

    Clock& clock_;  // outlives this
    const Dimensions dimensions_;
    const std::string path_;
    http::FetchConnection connection_;
    std::vector<model::Label> labels_;
    std::vector<std::string> arena_;
};

class CertCheck final : public Check {
  public:
    CertCheck(Clock& clock, Target target, Dimensions dimensions, int64_t timeout_ms)
        : clock_(clock), target_(std::move(target)), dimensions_(std::move(dimensions)), timeout_ms_(timeout_ms) {}

    Status run(Measurements& out) override {
        http::FetchConnection connection(clock_, target_.url, target_.tls);
        const int64_t end_ms = TRY(connection.certificate_end_ms(timeout_ms_));
        const int64_t left_ms = end_ms - clock_.now_ms();
        const int64_t days = (left_ms >= 0 ? left_ms : left_ms - DAY_MS + 1) / DAY_MS;
        out.push_back({"https.cert_expire_days", dimensions_, static_cast<double>(days), clock_.now_ms(), {}});
        return {};
    }

  private:
    Clock& clock_;  // outlives this
    const Target target_;
    const Dimensions dimensions_;
    const int64_t timeout_ms_;
};

}  // namespace

Result<std::unique_ptr<Check>> make_http_check(const Fields& fields) {
    Target target = TRY(make_target(fields, "url", {.skip_verify = TRY(fields.flag("disable_ssl_validation", true))}));
    TRY(fields.needed("name"));
    if (TRY(fields.flag("use_keystone", false)))
        return fields.wrong("use_keystone", "is not supported: send a token or key by headers");
    auto out = std::make_unique<HttpCheck>(fields.context().clock, std::move(target),
                                           TRY(fields.dimensions({{"url", TRY(fields.needed("url"))}})));
    out->timeout_ms = TRY(fields.timeout_ms("timeout", 10'000));
    out->response_time = TRY(fields.flag("collect_response_time", false));
    for (auto& [name, value] : TRY(fields.map("headers"))) {
        if ((name + value).find_first_of("\r\n") != std::string::npos)
            return fields.wrong("headers", "hold a line break");
        out->headers.emplace_back(name, value);
    }
    const std::string user = TRY(fields.text("username", ""));
    if (!user.empty())
        out->headers.emplace_back("Authorization",
                                  "Basic " + encode_base64(user + ":" + TRY(fields.text("password", ""))));
    const std::string pattern = TRY(fields.text("match_pattern", ""));
    if (!pattern.empty()) {
        auto made = model::Pattern::make("(?s)" + pattern);
        if (!made.ok()) return fields.wrong("match_pattern", made.error().message);
        out->pattern = *std::move(made);
    }
    return std::unique_ptr<Check>(std::move(out));
}

Result<std::unique_ptr<Check>> make_prometheus_check(const Fields& fields) {
    if (TRY(fields.flag("auto_detect_endpoints", false)))
        return fields.wrong("auto_detect_endpoints", "is not supported: name each metric_endpoint");
    Target target = TRY(make_target(fields, "metric_endpoint", {}));
    Dimensions dimensions = TRY(fields.map("default_dimensions"));
    for (auto& [name, value] : TRY(fields.map("dimensions")))
        dimensions.insert_or_assign(name, value);
    auto out = std::make_unique<PrometheusCheck>(fields.context().clock, std::move(target), std::move(dimensions));
    out->timeout_ms = TRY(fields.timeout_ms("timeout", 3'000));
    out->whitelist = TRY(fields.list("whitelist"));
    return std::unique_ptr<Check>(std::move(out));
}

Result<std::unique_ptr<Check>> make_cert_check(const Fields& fields) {
    // not verified: how long a certificate lasts is asked, and of one that has ended, too
    Target target = TRY(make_target(fields, "url", {.skip_verify = true}));
    if (target.url.scheme != "https") return fields.wrong("url", "begins with https://");
    return std::unique_ptr<Check>(std::make_unique<CertCheck>(
        fields.context().clock, std::move(target), TRY(fields.dimensions({{"url", TRY(fields.needed("url"))}})),
        TRY(fields.timeout_ms("timeout", 10'000))));
}

}  // namespace belfry::ingest::agent
