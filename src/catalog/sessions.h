#pragma once

#include "base/clock.h"
#include "catalog/catalog.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace belfry::catalog {

struct Session {
    std::string id;  // safe to log: says nothing about the secret
    std::string user;
    int64_t created_ms = 0;
    int64_t last_used_ms = 0;
};

/// Login links and logged-in browsers. They belong to this node (a link is used where it was printed), so they are
/// written straight to the catalog's SQLite and not to the log. Any thread; `find` only looks into memory.
class Sessions {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Sessions>> open(Catalog& catalog);

    /// A fresh one-time login token for `user`.
    [[nodiscard]] Result<std::string> make_login_token(const std::string& user);
    /// Spends a login token: `not_found` when it is wrong, used or too old. Returns the secret of a new session.
    [[nodiscard]] Result<std::string> login(std::string_view token);
    /// A session of somebody who has proved otherwise who he is. Returns its secret.
    [[nodiscard]] Result<std::string> begin(const std::string& user);
    void logout(std::string_view session_secret);

    /// The session of a cookie; nothing when it has ended, is unknown or empty. Notes the use.
    [[nodiscard]] std::optional<Session> find(std::string_view session_secret);

    /// Stores when sessions were used, removes what has ended. Called by housekeeping and at the end.
    [[nodiscard]] Status flush();

    /// What a page must send along with changes; known to the holder of the session alone.
    [[nodiscard]] static std::string csrf_token(std::string_view session_secret);

  private:
    explicit Sessions(Catalog& catalog) : catalog_(catalog) {}
    [[nodiscard]] Status load();
    void drop_longest_idle();

    Catalog& catalog_;  // outlives this
    std::mutex mutex_;  // guards sessions_
    std::map<Digest, Session> sessions_;
};

}  // namespace belfry::catalog
