#include "api/identity/keystone.h"

#include "api/identity/stats.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "catalog/changes.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

namespace belfry::api {
namespace {

constexpr uint64_t ANSWER_BYTES_MAX = 4 << 20;  // catalogues of large clouds
constexpr int64_t DOWN_MS = 1'000;              // a service that did not answer is left alone for so long

bool is_header_value(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

Result<Grant> parse_token_answer(std::string_view body) {
    const JsonView json = TRY(JsonView::parse(body).context("the identity service's answer"));
    const JsonView token = json.get("token");
    const JsonView user = token.get("user");
    const JsonView project = token.get("project");
    Grant out{.audit_id = token.get("audit_ids").at(0).as_string().value_or(""),
              .user_id = user.string_or("id", ""),
              .user_name = user.string_or("name", ""),
              .project = project.string_or("id", ""),
              .project_name = project.string_or("name", ""),
              .domain = token.has("domain"),
              .roles = {},
              .methods = {},
              .credential_id = {}};
    if (out.user_id.empty()) return make_error(Code::corrupt, "the identity service's answer names no user");
    if (!out.project.empty() && !catalog::Changes::is_tenant_name(out.project))
        return make_error(Code::corrupt, "the identity service's project {} cannot be a tenant",
                          out.project.substr(0, 80));
    const JsonView roles = token.get("roles");
    for (size_t i = 0; i < roles.size(); ++i)
        out.roles.push_back(roles.at(i).string_or("name", ""));
    const JsonView methods = token.get("methods");
    for (size_t i = 0; i < methods.size(); ++i)
        out.methods.push_back(methods.at(i).as_string().value_or(""));
    const auto expires = parse_rfc3339_ms(token.string_or("expires_at", ""));
    if (!expires) return make_error(Code::corrupt, "the identity service's answer has no expires_at");
    out.expires_ms = *expires;
    out.issued_ms = parse_rfc3339_ms(token.string_or("issued_at", "")).value_or(0);
    return out;
}

Result<std::unique_ptr<Keystone>> Keystone::open(const IdentityConfig& config, Clock& clock) {
    const http::Url url = TRY(http::parse_url(config.keystone_url).context("identity.keystone_url"));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno_error("pipe", errno);
    std::unique_ptr<Keystone> out(new Keystone(config, clock, url, ends[0], ends[1]));
    out->thread_ = std::thread([raw = out.get()] { raw->run(); });
    return out;
}

Keystone::Keystone(const IdentityConfig& config, Clock& clock, http::Url url, int cancel_read, int cancel_write)
    : config_(config),
      clock_(clock),
      target_((url.path.ends_with("/v3") ? url.path : url.path + "/v3") + "/auth/tokens?nocatalog"),
      cancel_read_(cancel_read),
      cancel_write_(cancel_write),
      connection_(clock,
                  url,
                  url.scheme == "https" ? std::make_shared<http::TlsClient>(http::TlsOptions{}) : nullptr,
                  cancel_read) {}

Keystone::~Keystone() {
    stop();
    if (thread_.joinable()) thread_.join();
    ::close(cancel_read_);
    ::close(cancel_write_);
}

void Keystone::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopping_, true)) return;
    }
    const char one = 1;
    if (::write(cancel_write_, &one, 1) != 1) log_warn("identity", "a question under way is not cut short");
    asked_.notify_all();
    answered_.notify_all();
}

void Keystone::make_room() {
    while (entries_.size() > config_.keystone_tokens_max) {
        auto oldest = entries_.end();
        for (auto at = entries_.begin(); at != entries_.end(); ++at) {
            if (at->second->answered && (oldest == entries_.end() || at->second->used_ms < oldest->second->used_ms))
                oldest = at;
        }
        if (oldest == entries_.end()) return;
        entries_.erase(oldest);
    }
}

Result<Grant> Keystone::check(std::string_view token) {
    if (token.size() > 8192 || !is_header_value(token)) return make_error(Code::invalid, "the token is malformed");
    const catalog::Digest key = catalog::digest(token);
    std::unique_lock lock(mutex_);
    const int64_t now_ms = clock_.monotonic_ms();
    std::shared_ptr<Entry>& slot = entries_[key];
    std::shared_ptr<Entry> entry = slot;
    if (entry && entry->answered && now_ms < entry->until_ms &&
        (!entry->result.ok() || entry->result->expires_ms > clock_.now_ms())) {
        entry->used_ms = now_ms;
        keystone_cache_hits_total.add();
        return entry->result;
    }
    if (stopping_ || waiting_ >= config_.keystone_waiting_max) {
        if (!slot) entries_.erase(key);
        return make_error(Code::unavailable,
                          "too many requests wait for the identity service (identity.keystone_waiting_max)");
    }
    if (!entry || entry->answered) {
        slot = entry = std::make_shared<Entry>();
        entry->token = token;
        queue_.push_back(entry);
        make_room();
        asked_.notify_one();
    }
    entry->used_ms = now_ms;
    ++waiting_;
    // those before it in the queue may take their time, too
    const bool done = answered_.wait_for(lock, std::chrono::milliseconds(2 * config_.keystone_timeout_ms),
                                         [&] { return entry->answered || stopping_; });
    --waiting_;
    if (!done || !entry->answered) return make_error(Code::unavailable, "the identity service does not answer");
    return entry->result;
}

void Keystone::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        asked_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        const std::shared_ptr<Entry> entry = queue_.front();
        queue_.pop_front();
        const std::string token = std::exchange(entry->token, {});
        lock.unlock();
        Result<Grant> result = ask(token);
        lock.lock();
        int64_t keep_ms = config_.keystone_cache_ms;
        if (!result.ok()) keep_ms = result.error().code == Code::invalid ? config_.keystone_refusal_ms : DOWN_MS;
        entry->result = std::move(result);
        entry->until_ms = clock_.monotonic_ms() + keep_ms;
        entry->answered = true;
        answered_.notify_all();
    }
}

Result<Grant> Keystone::ask(const std::string& token) {
    http::FetchRequest request;
    request.target = target_;
    // a token may always be asked about by itself, so no account of our own is needed there
    request.headers = {{"X-Auth-Token", token}, {"X-Subject-Token", token}, {"Accept", "application/json"}};
    request.timeout_ms = config_.keystone_timeout_ms;
    request.connect_timeout_ms = config_.keystone_timeout_ms;
    request.body_bytes_max = ANSWER_BYTES_MAX;
    const auto response = connection_.send(request);
    if (!response.ok()) {
        keystone_requests_total.at({"unreachable"}).add();
        return make_error(Code::unavailable, "the identity service does not answer: {}", response.error().message);
    }
    if (response->status == 401 || response->status == 404) {
        keystone_requests_total.at({"refused"}).add();
        return make_error(Code::invalid, "the identity service does not know this token");
    }
    if (response->status != 200) {
        keystone_requests_total.at({"failed"}).add();
        return make_error(Code::unavailable, "the identity service answers with status {}", response->status);
    }
    auto grant = parse_token_answer(response->body);
    keystone_requests_total.at({grant.ok() ? "accepted" : "failed"}).add();
    if (!grant.ok()) return make_error(Code::unavailable, "{}", grant.error().message);
    if (grant->expires_ms <= clock_.now_ms()) return make_error(Code::invalid, "the token has expired");
    return grant;
}

}  // namespace belfry::api
