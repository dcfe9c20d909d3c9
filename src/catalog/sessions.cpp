#include "catalog/sessions.h"

#include "base/log.h"
#include "catalog/stats.h"

namespace belfry::catalog {
namespace {

Session named(const Digest& digest, Session session) {
    session.id = to_hex(digest).substr(0, 12);
    return session;
}

}  // namespace

Result<std::unique_ptr<Sessions>> Sessions::open(Catalog& catalog) {
    std::unique_ptr<Sessions> sessions(new Sessions(catalog));
    if (auto done = sessions->load(); !done.ok()) return std::move(done).error().context("sessions");
    return sessions;
}

Status Sessions::load() {
    const std::lock_guard db_lock(catalog_.db_mutex_);
    const std::lock_guard lock(mutex_);
    return catalog_.db_.query("SELECT digest, user, created_ms, last_used_ms FROM sessions", {}, [&](const Row& row) {
        Digest key;
        if (!row.digest(0, &key)) return;
        sessions_[key] =
            named(key, {.user = row.text(1), .created_ms = row.integer(2), .last_used_ms = row.integer(3)});
    });
}

Result<std::string> Sessions::make_login_token(const std::string& user) {
    std::string token = random_text(SECRET_LETTERS);
    const int64_t expires_ms = catalog_.clock_.now_ms() + catalog_.config().login_token_ms;
    const std::lock_guard db_lock(catalog_.db_mutex_);
    auto done = catalog_.db_.execute("DELETE FROM login_tokens WHERE expires_ms <= ?", {catalog_.clock_.now_ms()});
    if (!done.ok()) return done.error();
    done = catalog_.db_.execute("INSERT INTO login_tokens VALUES(?,?,?)", {digest(token), user, expires_ms});
    if (!done.ok()) return done.error();
    return token;
}

Result<std::string> Sessions::login(std::string_view token) {
    const Error refused = make_error(
        Code::not_found, "this login link is wrong, was used before or is too old; `belfry open` prints a fresh one");
    const int64_t now_ms = catalog_.clock_.now_ms();
    std::string secret = random_text(SECRET_LETTERS);
    const Digest session_digest = digest(secret);
    std::string user;
    {
        const std::lock_guard db_lock(catalog_.db_mutex_);
        Database& db = catalog_.db_;
        auto transaction = TRY(Transaction::begin(db));
        const std::vector<SqlValue> token_digest = {digest(token)};
        int64_t expires_ms = 0;
        auto read =
            db.query("SELECT user, expires_ms FROM login_tokens WHERE digest=?", token_digest, [&](const Row& row) {
                user = row.text(0);
                expires_ms = row.integer(1);
            });
        if (!read.ok()) return read.error();
        if (token.empty() || user.empty() || expires_ms <= now_ms) {
            logins_refused.add();
            return refused;
        }
        auto done = db.execute("DELETE FROM login_tokens WHERE digest=?", token_digest);
        if (!done.ok()) return done.error();
        done = db.execute("INSERT INTO sessions VALUES(?,?,?,?)", {session_digest, user, now_ms, now_ms});
        if (!done.ok()) return done.error();
        if (done = transaction.commit(); !done.ok()) return done.error();
    }
    logins.add();
    const std::lock_guard lock(mutex_);
    sessions_[session_digest] = named(session_digest, {.user = user, .created_ms = now_ms, .last_used_ms = now_ms});
    drop_longest_idle();
    return secret;
}

Result<std::string> Sessions::begin(const std::string& user) {
    std::string secret = random_text(SECRET_LETTERS);
    const Digest key = digest(secret);
    const int64_t now_ms = catalog_.clock_.now_ms();
    {
        const std::lock_guard db_lock(catalog_.db_mutex_);
        auto done = catalog_.db_.execute("INSERT INTO sessions VALUES(?,?,?,?)", {key, user, now_ms, now_ms});
        if (!done.ok()) return done.error();
    }
    logins.add();
    const std::lock_guard lock(mutex_);
    sessions_[key] = named(key, {.user = user, .created_ms = now_ms, .last_used_ms = now_ms});
    drop_longest_idle();
    return secret;
}

void Sessions::drop_longest_idle() {
    while (sessions_.size() > catalog_.config().sessions_max) {
        const auto idle = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            return a.second.last_used_ms < b.second.last_used_ms;
        });
        log_info("catalog", "a session ended to make room",
                 {{"session", idle->second.id}, {"user", idle->second.user}});
        sessions_.erase(idle);  // its row goes with the next flush
    }
}

void Sessions::logout(std::string_view session_secret) {
    const Digest key = digest(session_secret);
    {
        const std::lock_guard lock(mutex_);
        if (sessions_.erase(key) == 0) return;
    }
    const std::lock_guard db_lock(catalog_.db_mutex_);
    auto done = catalog_.db_.execute("DELETE FROM sessions WHERE digest=?", {key});
    if (!done.ok()) log_error("catalog", "logout not stored", {{"error", done.error().message}});
}

std::optional<Session> Sessions::find(std::string_view session_secret) {
    if (session_secret.size() != SECRET_LETTERS) return std::nullopt;
    const Digest key = digest(session_secret);
    const int64_t now_ms = catalog_.clock_.now_ms();
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end() || found->second.last_used_ms + catalog_.config().session_ms <= now_ms)
        return std::nullopt;
    found->second.last_used_ms = std::max(found->second.last_used_ms, now_ms);
    return found->second;
}

Status Sessions::flush() {
    const int64_t oldest_ms = catalog_.clock_.now_ms() - catalog_.config().session_ms;
    const std::lock_guard db_lock(catalog_.db_mutex_);
    std::map<Digest, Session> sessions;
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(sessions_, [&](const auto& item) { return item.second.last_used_ms <= oldest_ms; });
        sessions = sessions_;
    }
    auto transaction = TRY(Transaction::begin(catalog_.db_));
    if (auto done = catalog_.db_.execute("DELETE FROM sessions"); !done.ok()) return done;
    for (const auto& [key, session] : sessions) {
        auto done = catalog_.db_.execute("INSERT INTO sessions VALUES(?,?,?,?)",
                                         {key, session.user, session.created_ms, session.last_used_ms});
        if (!done.ok()) return done;
    }
    return transaction.commit();
}

std::string Sessions::csrf_token(std::string_view session_secret) {
    return keyed_digest_hex(session_secret, "csrf");
}

}  // namespace belfry::catalog
