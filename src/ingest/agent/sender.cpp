#include "ingest/agent/sender.h"

#include "base/json.h"
#include "base/log.h"

#include <chrono>

namespace belfry::ingest::agent {
namespace {

std::shared_ptr<http::TlsClient> tls_for(const http::Url& url) {
    return url.scheme == "https" ? std::make_shared<http::TlsClient>(http::TlsOptions{}) : nullptr;
}

}  // namespace

std::string to_json(const Measurement& m) {
    JsonWriter json;
    json.begin_object().field("name", m.name).key("dimensions").begin_object();
    for (const auto& [name, value] : m.dimensions)
        if (!value.empty()) json.field(name, value);
    json.end_object().field("timestamp", m.time_ms).field("value", m.value);
    const std::string meta = value_meta(m);
    if (!meta.empty()) json.key("value_meta").raw(meta);
    json.end_object();
    return json.take();
}

Result<std::unique_ptr<Sender>> Sender::open(const SenderConfig& config, Clock& clock) {
    const http::Url url = TRY(http::parse_url(config.url).context("where to send"));
    if (!config.auth_url.empty()) (void)TRY(http::parse_url(config.auth_url).context("OS_AUTH_URL"));
    std::unique_ptr<Sender> out(new Sender(config, clock, url));
    out->thread_ = std::thread([raw = out.get()] { raw->run(); });
    return out;
}

Sender::Sender(const SenderConfig& config, Clock& clock, http::Url url)
    : config_(config),
      clock_(clock),
      target_(url.path + "/metrics"),
      connection_(clock, url, tls_for(url)),
      token_(config.key) {}

Sender::~Sender() {
    stop();
}

void Sender::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Sender::add(Measurements measurements) {
    const std::lock_guard lock(mutex_);
    for (const Measurement& m : measurements) {
        waiting_.push_back(to_json(m));
        waiting_bytes_ += waiting_.back().size();
    }
    while (waiting_bytes_ > config_.backlog_bytes_max && !waiting_.empty()) {
        waiting_bytes_ -= waiting_.front().size();
        waiting_.pop_front();
        ++totals_.dropped;
    }
    wake_.notify_all();
}

Sender::Totals Sender::totals() const {
    const std::lock_guard lock(mutex_);
    Totals out = totals_;
    out.waiting = waiting_.size();
    return out;
}

void Sender::run() {
    std::unique_lock lock(mutex_);
    int64_t retry_ms = 0;
    while (true) {
        if (retry_ms > 0)
            wake_.wait_for(lock, std::chrono::milliseconds(retry_ms), [&] { return stopping_; });
        else
            wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty() && stopping_) return;
        if (waiting_.empty()) {
            retry_ms = 0;
            continue;
        }
        std::vector<std::string> batch;  // newest first
        std::string body = "[";
        while (!waiting_.empty() && batch.size() < config_.batch_max) {
            waiting_bytes_ -= waiting_.back().size();
            batch.push_back(std::move(waiting_.back()));
            waiting_.pop_back();
            body.append(batch.size() == 1 ? "" : ",").append(batch.back());
        }
        body += ']';
        const bool last_try = stopping_;
        lock.unlock();
        const Fate fate = send(body, batch.size());
        lock.lock();
        if (fate == Fate::later) {
            for (auto at = batch.rbegin(); at != batch.rend(); ++at) {
                waiting_bytes_ += at->size();
                waiting_.push_back(std::move(*at));
            }
            if (last_try) {
                totals_.dropped += waiting_.size();
                return;
            }
            retry_ms = std::clamp<int64_t>(retry_ms * 2, 1'000, RETRY_MS_MAX);
            continue;
        }
        (fate == Fate::sent ? totals_.sent : totals_.refused) += batch.size();
        retry_ms = 0;
    }
}

Sender::Fate Sender::send(const std::string& body, uint64_t count) {
    const auto failed = [&](const std::string& why) {
        if (std::exchange(was_well_, false))
            log_warn("agent", "not sent, it will be tried again", {{"metrics", count}, {"error", why}});
        return Fate::later;
    };
    // a token that has ended is renewed once
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (token_.empty() && !config_.auth_url.empty())
            if (Status got = get_token(); !got.ok()) return failed(got.error().message);
        http::FetchRequest request{
            .method = "POST", .target = target_, .headers = {{"Content-Type", "application/json"}}, .body = body};
        if (!token_.empty()) request.headers.emplace_back("X-Auth-Token", token_);
        request.timeout_ms = request.connect_timeout_ms = config_.timeout_ms;
        const auto response = connection_.send(request);
        if (!response.ok()) return failed(response.error().message);
        if (response->status / 100 == 2) {
            if (!std::exchange(was_well_, true)) log_info("agent", "sending again");
            return Fate::sent;
        }
        if (response->status == 401 && config_.key.empty() && !config_.auth_url.empty() && attempt == 0) {
            token_.clear();
            continue;
        }
        const std::string why = fmt::format("status {}: {}", response->status, response->body.substr(0, 200));
        const bool for_good = response->status / 100 == 4 && response->status != 401 && response->status != 408 &&
                              response->status != 429;
        if (!for_good) return failed(why);
        log_warn("agent", "metrics were refused", {{"metrics", count}, {"error", why}});
        return Fate::refused;
    }
    return failed("the token is not taken");
}

Status Sender::get_token() {
    const http::Url url = TRY(http::parse_url(config_.auth_url));
    http::FetchConnection connection(clock_, url, tls_for(url));
    JsonWriter json;
    const auto domain = [&](const std::string& name) {
        json.key("domain").begin_object().field("name", name).end_object();
    };
    json.begin_object()
        .key("auth")
        .begin_object()
        .key("identity")
        .begin_object()
        .key("methods")
        .begin_array()
        .string("password")
        .end_array();
    json.key("password")
        .begin_object()
        .key("user")
        .begin_object()
        .field("name", config_.user)
        .field("password", config_.password);
    domain(config_.user_domain);
    json.end_object().end_object().end_object().key("scope").begin_object().key("project").begin_object().field(
        "name", config_.project);
    domain(config_.project_domain);
    json.end_object().end_object().end_object().end_object();
    const std::string base = url.path.ends_with("/v3") ? url.path : url.path + "/v3";
    http::FetchRequest request{.method = "POST",
                               .target = base + "/auth/tokens",
                               .headers = {{"Content-Type", "application/json"}},
                               .body = json.text()};
    request.timeout_ms = request.connect_timeout_ms = config_.timeout_ms;
    const auto response = TRY(connection.send(request).context("token"));
    if (response.status != 201)
        return make_error(Code::invalid, "token: status {}: {}", response.status, response.body.substr(0, 200));
    token_ = std::string(response.header("x-subject-token"));
    return token_.empty() ? Status(make_error(Code::corrupt, "token: the answer holds none")) : Status();
}

}  // namespace belfry::ingest::agent
