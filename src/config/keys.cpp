#include "config/keys.h"

namespace belfry::config {
namespace {

constexpr int64_t SECOND = 1000;
constexpr int64_t MINUTE = 60 * SECOND;
constexpr int64_t DAY = 24 * 60 * MINUTE;
constexpr int64_t YEAR = 365 * DAY;

// A field of the configuration, for const and not const alike.
#define FIELD(path)        \
    [](auto& c) -> auto& { \
        return c.path;     \
    }

std::vector<Key> make_keys() {
    return {
        text_key("server.data", "path", Shown::yes, FIELD(server.data_dir),
                 "The directory that holds everything Belfry keeps; created when missing."),
        text_key("server.listen", "host:port", Shown::yes, FIELD(server.listen),
                 "The main address: web interface, APIs and all protocols by path; port 0 takes a free one."),
        text_key("server.web_dir", "path", Shown::yes, FIELD(server.web_dir),
                 "Serves the web interface from this directory instead of from the binary, for development."),
        duration_key("server.retention", {60 * MINUTE, 1000 * YEAR}, FIELD(server.retention_ms),
                     "How long stores keep what they have, unless they have a rule of their own."),
        switch_key("server.allow_open", FIELD(server.allow_open),
                   "Permits listening beyond this machine without TLS and without keys; everybody who reaches the port "
                   "reads what goes over it."),
        choice_key("log.level", {"debug", "info", "warn", "error"}, FIELD(server.log_level),
                   "The least severe lines of Belfry's own log that are written."),
        choice_key("log.format", {"logfmt", "json"}, FIELD(server.log_format),
                   "The form of Belfry's own log on standard error."),
        choice_key("auth.mode", {"on", "off"}, FIELD(auth.mode),
                   "Off lets everybody change everything, and works only while every listener is on loopback."),
        switch_key("auth.loopback_reads", FIELD(auth.loopback_reads),
                   "Lets programs on this machine read telemetry without a key; what a proxy forwards does not count "
                   "as this machine."),
        switch_key("auth.loopback_ingests", FIELD(auth.loopback_ingests),
                   "Lets programs on this machine write telemetry without a key."),
        count_key("catalog.keys_max", "keys", {1, 100'000}, FIELD(catalog.keys_max),
                  "API keys of all tenants together; one more is refused."),
        count_key("catalog.tenants_max", "tenants", {1, 100'000}, FIELD(catalog.tenants_max),
                  "Tenants that have definitions of their own; one more is refused."),
        count_key("catalog.sessions_max", "sessions", {1, 100'000}, FIELD(catalog.sessions_max),
                  "Logged-in browsers; one more logs out the one that was idle longest."),
        duration_key("catalog.session", {MINUTE, 10 * YEAR}, FIELD(catalog.session_ms),
                     "A login ends this long after it was last used."),
        duration_key("catalog.login_token", {10 * SECOND, DAY}, FIELD(catalog.login_token_ms),
                     "A login link works once, and only this long."),
        duration_key(
            "catalog.apply_wait", {100, 10 * MINUTE}, FIELD(catalog.apply_wait_ms),
            "How long a change waits to come back through the log before the answer says that it is still under way."),
    };
}

#undef FIELD

}  // namespace

const std::vector<Key>& keys() {
    static const std::vector<Key> table = make_keys();
    return table;
}

const Key* find_key(std::string_view name) {
    for (const Key& key : keys()) {
        if (key.name == name) return &key;
    }
    return nullptr;
}

size_t edit_distance(std::string_view a, std::string_view b) {
    // one row of the usual table (Wagner and Fischer 1974)
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

std::string_view nearest_key(std::string_view name) {
    std::string_view best;
    size_t best_distance = std::numeric_limits<size_t>::max();
    for (const Key& key : keys()) {
        // a right name in the wrong section is nearer than a similar one
        const bool same_last_part = key.last_part() == name.substr(name.rfind('.') + 1);
        const size_t distance = same_last_part ? 1 : edit_distance(name, key.name);
        if (distance < best_distance) {
            best_distance = distance;
            best = key.name;
        }
    }
    return best;
}

}  // namespace belfry::config
