#include "forward/sender.h"

#include "base/file.h"
#include "base/log.h"
#include "base/number.h"
#include "codec/compress.h"
#include "forward/stats.h"
#include "http/fetch.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace belfry::forward {
namespace {

constexpr size_t SECRET_BYTES_MAX = 64 << 10;
constexpr size_t BODY_SHOWN_BYTES = 200;
constexpr uint64_t ANSWER_BYTES_MAX = 1 << 20;
constexpr int64_t CONNECT_MS = 10'000;

LogLimiter refused_log;
LogLimiter failed_log;

std::string secret_of(const std::string& path) {
    auto text = read_file(real_file_system(), path, SECRET_BYTES_MAX);
    std::string out = text.ok() ? std::move(*text) : std::string();
    while (!out.empty() && (out.back() == '\n' || out.back() == '\r' || out.back() == ' '))
        out.pop_back();
    return out;
}

}  // namespace

Post http_post(const DestinationConfig& config, Clock& clock, int cancel_fd) {
    auto url = http::parse_url(config.url);
    INVARIANT(url.ok(), "the URL was read with the configuration");
    const std::string target = url->path.empty() ? "/" : url->path;
    auto tls = url->scheme == "https" ? std::make_shared<http::TlsClient>(config.tls) : nullptr;
    auto connection = std::make_shared<http::FetchConnection>(clock, *std::move(url), std::move(tls), cancel_fd);
    return [connection, target, timeout_ms = config.timeout_ms](const auto& headers,
                                                                const std::string& body) -> Result<PostAnswer> {
        auto answer = TRY(connection->send({.method = "POST",
                                            .target = target,
                                            .headers = headers,
                                            .body = body,
                                            .timeout_ms = timeout_ms,
                                            .connect_timeout_ms = std::min(timeout_ms, CONNECT_MS),
                                            .body_bytes_max = ANSWER_BYTES_MAX}));
        return PostAnswer{.status = answer.status,
                          .retry_after = std::string(answer.header("retry-after")),
                          .body = std::move(answer.body)};
    };
}

Verdict judge(int status) {
    if (status / 100 == 2) return Verdict::taken;
    // a redirect is a wrong URL in the configuration: nothing is lost until somebody has put it right
    const bool for_good = status / 100 == 4 && status != 429;
    return for_good ? Verdict::dropped : Verdict::again;
}

std::optional<int64_t> retry_after_ms(std::string_view header, int64_t now_ms) {
    if (const auto seconds = parse_uint(header)) {
        return static_cast<int64_t>(std::min<uint64_t>(*seconds, 86'400)) * 1000;
    }
    // "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7)
    std::tm parts{};
    const std::string text(header);
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return std::max<int64_t>(0, static_cast<int64_t>(::timegm(&parts)) * 1000 - now_ms);
}

Sender::Sender(const DestinationConfig& config, Clock& clock, const MakePost& make_post)
    : config_(config),
      clock_(clock),
      cancel_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      post_(make_post(config, clock, cancel_fd_)) {}

Sender::~Sender() {
    if (cancel_fd_ >= 0) ::close(cancel_fd_);
}

void Sender::stop() {
    const uint64_t one = 1;
    // without the event a request under way runs into its timeout
    if (cancel_fd_ >= 0 && ::write(cancel_fd_, &one, sizeof one) < 0)
        log_warn("forward", "a request was not cancelled", {});
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

bool Sender::stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
}

std::string Sender::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void Sender::set_trouble(std::string text) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(text);
}

void Sender::pause(int64_t ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopped_; });
}

std::vector<std::pair<std::string, std::string>> Sender::headers() const {
    auto out = config_.headers;
    if (!config_.credentials_file.empty())
        out.emplace_back("Authorization", config_.credentials_type + " " + secret_of(config_.credentials_file));
    out.emplace_back("Content-Type", "application/x-protobuf");
    out.emplace_back("Content-Encoding", "snappy");
    out.emplace_back("X-Prometheus-Remote-Write-Version", "0.1.0");
    out.emplace_back("User-Agent", "belfry");
    return out;
}

Sender::Outcome Sender::send(const std::string& message, uint64_t samples) {
    const std::string body = codec::compress(codec::Coding::snappy, message);
    int64_t backoff_ms = config_.min_backoff_ms;
    while (!stopped()) {
        auto answer = post_(headers(), body);
        uint64_t more = 0;
        if (answer.ok()) {
            const std::string said =
                fmt::format("HTTP {} {}", answer->status, answer->body.substr(0, BODY_SHOWN_BYTES));
            switch (judge(answer->status)) {
                case Verdict::taken:
                    samples_sent.at({config_.name}).add(samples);
                    bytes_sent.at({config_.name}).add(body.size());
                    set_trouble("");
                    return Outcome::taken;
                case Verdict::dropped:
                    samples_dropped.at({config_.name, "refused"}).add(samples);
                    if (refused_log.allow(&more))
                        log_warn(
                            "forward", "a destination refuses samples, they are not sent again",
                            {{"destination", config_.name}, {"samples", samples}, {"answer", said}, {"more", more}});
                    set_trouble("refuses samples: " + said);
                    return Outcome::dropped;
                case Verdict::again: set_trouble(said); break;
            }
        } else {
            set_trouble(answer.error().message);
        }
        requests_retried.at({config_.name}).add();
        if (failed_log.allow(&more))
            log_warn("forward", "a destination does not take samples, trying again",
                     {{"destination", config_.name}, {"error", trouble()}, {"more", more}});
        const auto asked_ms = answer.ok() ? retry_after_ms(answer->retry_after, clock_.now_ms()) : std::nullopt;
        pause(asked_ms ? std::clamp(*asked_ms, config_.min_backoff_ms, RETRY_AFTER_MS_MAX) : backoff_ms);
        backoff_ms = std::min(2 * backoff_ms, config_.max_backoff_ms);
    }
    return Outcome::stopped;
}

}  // namespace belfry::forward
