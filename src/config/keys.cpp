#include "config/keys.h"

namespace belfry::config {
namespace {

constexpr int64_t SECOND = 1000;
constexpr int64_t MINUTE = 60 * SECOND;
constexpr int64_t HOUR = 60 * MINUTE;
constexpr int64_t DAY = 24 * HOUR;
constexpr int64_t YEAR = 365 * DAY;
constexpr uint64_t KIB = 1024;
constexpr uint64_t MIB = 1024 * KIB;
constexpr uint64_t GIB = 1024 * MIB;

// A field of the configuration, for const and not const alike.
#define FIELD(path)        \
    [](auto& c) -> auto& { \
        return c.path;     \
    }

using Keys = std::vector<Key>;

Keys server_keys() {
    return {
        text_key("server.data", "path", Shown::yes, FIELD(server.data_dir),
                 "The directory that holds everything Belfry keeps; created when missing."),
        text_key("server.listen", "host:port", Shown::yes, FIELD(server.listen),
                 "The main address: web interface, APIs and all protocols by path; port 0 takes a free one."),
        list_key("server.aliases", "host:port/prefix", FIELD(server.aliases),
                 "Further addresses, each with the path prefix that is tried first there, like "
                 "\"127.0.0.1:9090/prometheus\"; a busy one is a warning."),
        list_key("server.default_aliases", "host:port", FIELD(server.default_aliases),
                 "The well-known ports that are opened without being asked for: 4317 and 4318, where OpenTelemetry "
                 "sends, 5000, where OpenStack's clients look for the identity service, and 8070, Monasca's; each takes "
                 "gRPC and HTTP; a busy one is a warning; an empty list opens none."),
        text_key("server.web_dir", "path", Shown::yes, FIELD(server.web_dir),
                 "Serves the web interface from this directory instead of from the binary, for development."),
        duration_key("server.retention", {HOUR, 1000 * YEAR}, FIELD(server.retention_ms),
                     "How long stores keep what they have; older samples are refused."),
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
        count_key("catalog.sessions_max", "sessions", {1, 100'000}, FIELD(catalog.sessions_max),
                  "Logged-in browsers; one more logs out the one that was idle longest."),
        duration_key("catalog.session", {MINUTE, 10 * YEAR}, FIELD(catalog.session_ms),
                     "A login ends this long after it was last used."),
        duration_key("catalog.login_token", {10 * SECOND, DAY}, FIELD(catalog.login_token_ms),
                     "A login link works once, and only this long."),
        count_key("catalog.dashboards_max", "dashboards", {1, 100'000}, FIELD(catalog.dashboards_max),
                  "Dashboards of all tenants together; one more is refused."),
        count_key("catalog.documents_max", "documents", {1, 10'000'000}, FIELD(catalog.documents_max),
                  "Definitions of one kind (alarm definitions, notification methods, silences, ...) of all tenants "
                  "together; one more is refused."),
        bytes_key("catalog.dashboard_bytes_max", {KIB, 8 * MIB}, FIELD(catalog.dashboard_bytes_max),
                  "A dashboard's JSON; a longer one is refused."),
        count_key("catalog.dashboard_panels_max", "panels", {1, 10'000}, FIELD(catalog.dashboard_panels_max),
                  "Panels of one dashboard; one with more is refused."),
        count_key("catalog.dashboard_versions_max", "versions", {1, 1000}, FIELD(catalog.dashboard_versions_max),
                  "Versions of a dashboard that are kept, the newest among them; older ones are forgotten."),
        duration_key(
            "catalog.apply_wait", {100, 10 * MINUTE}, FIELD(catalog.apply_wait_ms),
            "How long a change waits to come back through the log before the answer says that it is still under way."),
    };
}

Keys alarm_keys() {
    return {
        count_key("alarms.max", "alarms", {1, 100'000'000}, FIELD(alarms.alarms_max),
                  "Alarms of all tenants together; one more is not made (counted)."),
        duration_key("alarms.history", {HOUR, 100 * YEAR}, FIELD(alarms.history_ms),
                     "How long it is known what happened to alarms."),
        count_key("alarms.history_max", "lines", {100, 1'000'000'000}, FIELD(alarms.history_entries_max),
                  "Lines of the history of all alarms together; the oldest make room."),
        switch_key("alarms.ready_made", FIELD(alarm_desk.ready_made),
                   "Makes the alarms for this host and for Belfry itself that come with the program, each once: one that "
                   "was deleted stays deleted."),
        bytes_key("alarms.definition_bytes_max", {KIB, MIB}, FIELD(alarm_desk.definition_bytes_max),
                  "The texts of one alarm definition together; one with more is refused."),
        count_key("alarms.actions_max", "methods", {1, 10'000}, FIELD(alarm_desk.actions_max),
                  "Notification methods of one list of an alarm definition; a longer list is refused."),
        bytes_key("alarms.expression_bytes_max", {64, MIB}, FIELD(threshold.limits.bytes_max),
                  "The text of one alarm's expression in Monasca's language; a longer one is refused."),
        count_key("alarms.expression_subs_max", "comparisons", {1, 10'000}, FIELD(threshold.limits.subs_max),
                  "Comparisons of one expression; each is a window of every alarm; one more is refused."),
        count_key("alarms.expression_times_max", "periods", {1, 100'000}, FIELD(threshold.limits.times_max),
                  "What `times` may ask for; each is a slot in memory of every alarm; more is refused."),
        duration_key("alarms.expression_period_max", {MINUTE, 365 * DAY}, FIELD(threshold.limits.period_ms_max),
                     "The longest period of an expression; a longer one is refused."),
        duration_key("alarms.delay", {0, DAY}, FIELD(threshold.delay_ms),
                     "A window of an alarm is judged so long after its end, for samples that come late."),
        count_key("alarms.metrics_listed_max", "metrics", {1, 1'000'000}, FIELD(threshold.metrics_listed_max),
                  "Metrics that one alarm names; further ones feed it unnamed (counted)."),
        count_key("alarms.waiting_metrics_max", "metrics", {1, 100'000'000}, FIELD(threshold.waiting_metrics_max),
                  "Metrics that wait for the others of an alarm, of all definitions; one more is passed over (counted)."),
        count_key("alarms.pending_events_max", "events", {1'000, 10'000'000}, FIELD(threshold.pending_events_max),
                  "Transitions that are decided and not in the log yet; beyond it deciding waits."),
        count_key("alarms.batch_events_max", "events", {1, 1'000'000}, FIELD(threshold.batch_events_max),
                  "Transitions that go to the log together."),
        duration_key("alarms.windows_interval", {SECOND, HOUR}, FIELD(threshold.snapshot_ms),
                     "How often the windows of alarms are written to disk; what came since is read from the log at a start."),
    };
}

Keys identity_keys() {
    return {
        duration_key("identity.token_life", {MINUTE, 365 * DAY}, FIELD(identity.token_life_ms),
                     "A token of the identity API ends this long after it was made."),
        count_key("identity.password_cost_log2", "log2 of N", {4, 20}, FIELD(identity.password_cost_log2),
                  "The cost of scrypt for new passwords: each step doubles time and memory; 15 takes 32 MiB and about "
                  "0.1 s a login."),
        count_key("identity.password_length_min", "bytes", {1, 128}, FIELD(identity.password_length_min),
                  "A new password that is shorter is refused."),
        count_key("identity.hashes_max", "passwords", {1, 64}, FIELD(identity.hashes_max),
                  "Passwords that are checked at one time; others wait for identity.hash_wait."),
        duration_key("identity.hash_wait", {1, MINUTE}, FIELD(identity.hash_wait_ms),
                     "How long a login waits for its turn; then it gets 503."),
        count_key("identity.login_failures_max", "a minute", {1, 100'000}, FIELD(identity.login_failures_max),
                  "Wrong passwords of one user from one address; one more gets 429."),
        count_key("identity.login_attempts_max", "a minute", {1, 1'000'000}, FIELD(identity.login_attempts_max),
                  "Logins from one address, right or wrong; one more gets 429."),
        count_key("identity.login_addresses_max", "addresses", {10, 10'000'000}, FIELD(identity.login_addresses_max),
                  "Addresses and users whose attempts are remembered; the one seen longest ago makes room."),
        bytes_key("identity.body_bytes_max", {KIB, 16 * MIB}, FIELD(identity.body_bytes_max),
                  "A request to the identity API; a longer one gets 413."),
        count_key("identity.credentials_max", "credentials", {1, 100'000}, FIELD(identity.credentials_max),
                  "Application credentials of one user; one more is refused."),
        count_key("identity.tokens_remembered_max", "tokens", {2, 10'000'000}, FIELD(identity.tokens_remembered_max),
                  "Checked tokens that are remembered, so that they are not checked at every request; those used "
                  "longest ago make room."),
        text_key("identity.region", "name", Shown::yes, FIELD(identity.region),
                 "The region of the catalogue's endpoints."),
        list_key("identity.user_roles", "roles", FIELD(identity.user_roles),
                 "Roles that read, write and change the alarms of their project."),
        list_key("identity.agent_roles", "roles", FIELD(identity.agent_roles), "Roles that write telemetry only."),
        list_key("identity.read_only_roles", "roles", FIELD(identity.read_only_roles), "Roles that read only."),
        list_key("identity.delegate_roles", "roles", FIELD(identity.delegate_roles),
                 "Roles that may act for other projects (tenant_id=, X-Scope-OrgID)."),
        list_key("identity.admin_roles", "roles", FIELD(identity.admin_roles),
                 "Roles that may do everything, in all projects."),
        text_key("identity.keystone_url", "URL", Shown::yes, FIELD(identity.keystone_url),
                 "An OpenStack identity service (like http://keystone:5000/v3) whose tokens count, too; empty: none."),
        duration_key("identity.keystone_timeout", {100, MINUTE}, FIELD(identity.keystone_timeout_ms),
                     "How long that service may take to answer; then the request gets 503."),
        duration_key("identity.keystone_cache", {0, HOUR}, FIELD(identity.keystone_cache_ms),
                     "How long its answer counts: a token revoked there works here so long."),
        duration_key("identity.keystone_refusal", {0, HOUR}, FIELD(identity.keystone_refusal_ms),
                     "How long a token that it refused is not asked about again."),
        count_key("identity.keystone_tokens_max", "tokens", {1, 10'000'000}, FIELD(identity.keystone_tokens_max),
                  "Tokens of that service that are remembered; the one used longest ago makes room."),
        count_key("identity.keystone_waiting_max", "requests", {1, 1024}, FIELD(identity.keystone_waiting_max),
                  "Requests that wait for that service at one time; one more gets 503."),
    };
}

Keys http_keys() {
    return {
        count_key("http.workers", "threads", {0, 1024}, FIELD(http.workers),
                  "Threads that run requests; 0 takes twice the cores, at least 4."),
        count_key("http.queue_max", "requests", {1, 1'000'000}, FIELD(http.queue_max),
                  "Ready requests that wait for a worker; one more gets 503."),
        count_key("http.connections_max", "connections", {16, 1'000'000}, FIELD(http.connections_max),
                  "Open connections; one more closes the one that was idle longest."),
        bytes_key("http.head_bytes_max", {KIB, MIB}, FIELD(http.head_bytes_max),
                  "Request line and headers; more get 431."),
        bytes_key("http.body_bytes_max", {KIB, 4 * GIB}, FIELD(http.body_bytes_max),
                  "A request body as it is sent; a larger one gets 413."),
        bytes_key("http.decoded_bytes_max", {KIB, 4 * GIB}, FIELD(http.decoded_bytes_max),
                  "A request body after it is decompressed; a larger one gets 413."),
        count_key("http.decoded_ratio_max", "times", {2, 100'000}, FIELD(http.decoded_ratio_max),
                  "Decompressed size over sent size, of bodies that grow beyond 1 MiB; more get 413."),
        bytes_key("http.in_flight_bytes_max", {MIB, 64 * GIB}, FIELD(http.in_flight_bytes_max),
                  "Request bodies in memory; beyond it Belfry reads no further."),
        bytes_key("http.unsent_bytes_max", {MIB, 64 * GIB}, FIELD(http.unsent_bytes_max),
                  "Answers that slow readers have not taken; beyond it new requests get 503."),
        duration_key("http.header_timeout", {100, HOUR}, FIELD(http.header_timeout_ms),
                     "From a request's first byte to the end of its headers."),
        duration_key("http.body_timeout", {100, HOUR}, FIELD(http.body_timeout_ms),
                     "In each such span at least 8 KiB of a body must arrive."),
        duration_key("http.body_total", {SECOND, DAY}, FIELD(http.body_total_ms),
                     "The whole body must arrive within this time."),
        duration_key("http.write_timeout", {SECOND, HOUR}, FIELD(http.write_timeout_ms),
                     "A reader that takes nothing for so long is cut off."),
        duration_key("http.idle_timeout", {SECOND, DAY}, FIELD(http.idle_timeout_ms),
                     "A connection without a request is closed after this time."),
        duration_key("http.drain", {0, 10 * MINUTE}, FIELD(http.drain_ms),
                     "How long a stop waits for running requests."),
        count_key("http.streams_max", "streams", {1, 100'000}, FIELD(http.streams_max),
                  "Requests under way of one HTTP/2 connection; one more is refused and may be sent again."),
        count_key("http.stream_resets_max", "resets", {1, 1'000'000'000}, FIELD(http.stream_resets_max),
                  "Requests that one HTTP/2 connection may begin and give up in a minute; one more ends it."),
        count_key("http.control_frames_max", "frames", {1, 1'000'000'000}, FIELD(http.control_frames_max),
                  "PING, SETTINGS, PRIORITY and empty DATA frames of one HTTP/2 connection in a minute; one more ends "
                  "it."),
        list_key("http.hosts", "host names", FIELD(http.hosts),
                 "Names under which browsers may come here, beside localhost and addresses; others are refused because "
                 "of DNS rebinding."),
    };
}

Keys log_keys() {
    return {
        enum_key<journal::SyncPolicy>(
            "journal.sync",
            {{"batch", journal::SyncPolicy::batch},
             {"interval", journal::SyncPolicy::interval},
             {"never", journal::SyncPolicy::never}},
            FIELD(journal.sync_policy),
            "When written records are synced: batch before each acknowledgement, interval every journal.sync_interval "
            "(a power cut may cost that much), never leaves it to the kernel."),
        duration_key("journal.sync_interval", {1, MINUTE}, FIELD(journal.sync_interval_ms),
                     "Time between syncs with journal.sync = \"interval\"."),
        bytes_key("journal.segment_bytes", {MIB, 4 * GIB}, FIELD(journal.segment_bytes),
                  "Size of a segment file, preallocated."),
        bytes_key("journal.block_bytes_max", {64 * KIB, GIB}, FIELD(journal.block_bytes_max),
                  "The largest record; a larger one is refused."),
        count_key("journal.spare_segments_max", "files", {0, 64}, FIELD(journal.spare_segments_max),
                  "Retired segments kept for reuse, which is faster than new files."),
        duration_key("journal.spare_keep", {SECOND, DAY}, FIELD(journal.spare_keep_ms),
                     "Spare segments are removed when none was needed for so long."),
        bytes_key("queue.pending_bytes_max", {MIB, 16 * GIB}, FIELD(queue.pending_bytes_max),
                  "Records taken and not yet on disk; beyond it writers get 429."),
        bytes_key("queue.commit_bytes_max", {64 * KIB, GIB}, FIELD(queue.commit_bytes_max),
                  "What one write and one sync carry at most."),
        duration_key(
            "queue.gather", {0, 100}, FIELD(queue.gather_ms),
            "A commit waits so long for writers that run side by side, at most for two syncs; a lone writer never "
            "waits."),
        bytes_key("queue.ring_bytes", {0, 64 * GIB}, FIELD(queue.ring_bytes),
                  "The newest records in memory, for consumers that keep up."),
        bytes_key("queue.lag_bytes_max", {MIB, 1024 * GIB}, FIELD(queue.lag_bytes_max),
                  "When a store is further behind the log, writers get 429."),
        duration_key("queue.lag_max", {SECOND, DAY}, FIELD(queue.lag_ms_max),
                     "When the oldest record a store has not applied is older, and an eighth of queue.lag_bytes_max is "
                     "behind, writers get 429."),
        bytes_key("queue.unstored_bytes_max", {MIB, 1024 * GIB}, FIELD(queue.unstored_bytes_max),
                  "Log kept only because stores hold it in memory; beyond it they are asked to flush."),
        bytes_key("queue.log_bytes_max", {16 * MIB, 1024 * GIB}, FIELD(queue.log_bytes_max),
                  "Size of the log; beyond it writers get 429 until stores have flushed."),
        duration_key("queue.retention", {0, 1000 * YEAR}, FIELD(queue.retention_ms),
                     "The log is kept this long after all stores have what is in it."),
        bytes_key("queue.retention_bytes", {0, 1024 * GIB}, FIELD(queue.retention_bytes),
                  "At most this much is kept by queue.retention."),
        duration_key("queue.topic_retention", {MINUTE, 1000 * YEAR}, FIELD(queue.topic_retention_ms),
                     "Users' own topics are kept this long."),
        ratio_key("queue.disk_low_ratio", {0, 1}, FIELD(queue.disk_low_ratio),
                  "When more of the disk is used, only what stores need is kept."),
        ratio_key("queue.disk_full_ratio", {0, 1}, FIELD(queue.disk_full_ratio),
                  "When more of the disk is used, writers get 429."),
        bytes_key("queue.disk_reserve_bytes", {0, 1024 * GIB}, FIELD(queue.disk_reserve_bytes),
                  "When less of the disk is free, writers get 429."),
        bytes_key("queue.trim_bytes", {64 * KIB, 16 * GIB}, FIELD(queue.trim_bytes),
                  "An open segment that nobody needs is dropped above this size."),
        duration_key("queue.housekeeping", {10, HOUR}, FIELD(queue.housekeeping_ms),
                     "How often retention and the disk are looked at."),
    };
}

// A table of a rule: `fields` takes what is there, by name.
Status read_rule(const RawTable& table,
                 store::KeepMatch& series,
                 const std::vector<std::pair<std::string_view, int64_t*>>& durations) {
    for (const auto& [name, value] : table) {
        if (name == "match") {
            series.match = value;
            continue;
        }
        if (name == "tenant") {
            series.tenant = value;
            continue;
        }
        const auto field = std::find_if(durations.begin(), durations.end(),
                                        [&wanted = name](const auto& d) { return d.first == wanted; });
        if (field == durations.end()) return make_error(Code::invalid, "a rule has no {}", name);
        auto ms = as_duration_ms(RawValue(value), 0, 1000 * YEAR);
        if (!ms.ok()) return std::move(ms).error().context("{}", name);
        *field->second = *ms;
    }
    return {};
}

std::string plain_duration(int64_t ms) {
    std::string out = print_duration(ms);
    std::erase(out, '"');
    return out;
}

RawTable write_match(const store::KeepMatch& series) {
    RawTable out = {{"match", series.match}};
    if (!series.tenant.empty()) out.emplace_back("tenant", series.tenant);
    return out;
}

Result<store::RetentionRule> read_retention(const RawTable& table) {
    store::RetentionRule rule;
    TRY(read_rule(table, rule.series, {{"keep", &rule.keep_ms}}));
    if (rule.keep_ms < HOUR) return make_error(Code::invalid, "a rule of metric.retention needs keep, an hour or more");
    return rule;
}

RawTable write_retention(const store::RetentionRule& rule) {
    RawTable out = write_match(rule.series);
    out.emplace_back("keep", plain_duration(rule.keep_ms));
    return out;
}

Result<store::DownsampleRule> read_downsample(const RawTable& table) {
    store::DownsampleRule rule{.after_ms = -1};
    TRY(read_rule(table, rule.series,
                  {{"after", &rule.after_ms}, {"to", &rule.to_ms}, {"keep_raw", &rule.keep_raw_ms}}));
    if (rule.after_ms < HOUR)
        return make_error(Code::invalid, "a rule of metric.downsample needs after, an hour or more");
    if (rule.to_ms != 5 * MINUTE && rule.to_ms != HOUR) return make_error(Code::invalid, "to is \"5m\" or \"1h\"");
    return rule;
}

RawTable write_downsample(const store::DownsampleRule& rule) {
    RawTable out = write_match(rule.series);
    out.emplace_back("after", plain_duration(rule.after_ms));
    out.emplace_back("to", plain_duration(rule.to_ms));
    if (rule.keep_raw_ms > 0) out.emplace_back("keep_raw", plain_duration(rule.keep_raw_ms));
    return out;
}

Keys metric_keys() {
    return {
        count_key("metric.max_series", "series", {1, 1'000'000'000}, FIELD(metric.max_series),
                  "Series written today or yesterday, of all tenants; a new one more is refused with 429."),
        count_key("metric.max_series_per_tenant", "series", {0, 1'000'000'000}, FIELD(metric.max_series_per_tenant),
                  "The same for one tenant; 0 sets no limit of its own."),
        count_key("metric.max_series_per_metric", "series", {0, 1'000'000'000}, FIELD(metric.max_series_per_metric),
                  "The same for one metric name of one tenant; 0 sets no limit of its own."),
        count_key("metric.max_values_per_label", "values", {0, 1'000'000'000}, FIELD(metric.max_values_per_label),
                  "Distinct values of one label name of one tenant; a new series with one more is refused with 429; 0 "
                  "sets no limit."),
        count_key("metric.cardinality_pairs_max", "values", {1'000, 1'000'000'000}, FIELD(metric.cardinality_pairs_max),
                  "Label values that are counted one by one, at 32 to 48 bytes each; further ones are not counted and "
                  "not limited."),
        bytes_key("metric.label_name_bytes_max", {16, 64 * KIB}, FIELD(metric.label_name_bytes_max),
                  "A label name; a longer one is refused."),
        bytes_key("metric.label_value_bytes_max", {16, MIB}, FIELD(metric.label_value_bytes_max),
                  "A label value; a longer one is refused."),
        count_key("metric.labels_per_series_max", "labels", {1, 1024}, FIELD(metric.labels_per_series_max),
                  "Labels of one series; more are refused."),
        count_key("metric.histogram_buckets_max", "buckets", {16, 65'536}, FIELD(metric.histogram_buckets_max),
                  "Buckets of one native histogram; one with more is refused."),
        duration_key("metric.future_max", {0, 1000 * YEAR}, FIELD(metric.future_ms_max),
                     "Samples that are further ahead of the clock are refused."),
        bytes_key(
            "metric.retention_bytes", {0, 1ULL << 50}, FIELD(metric_store.retention_bytes),
            "When the files of metrics take more, the oldest days are removed, never the newest; 0 sets no limit."),
        tables_key(
            "metric.retention", "rules {match, keep, tenant}", FIELD(metric_store.retention_rules), read_retention,
            write_retention,
            "Series that are kept shorter than server.retention: the first rule whose match (a PromQL selector) and "
            "tenant (all when left out) accept a series decides."),
        tables_key("metric.downsample", "rules {match, after, to, keep_raw, tenant}",
                   FIELD(metric_store.downsample_rules), read_downsample, write_downsample,
                   "Days older than after become records of to (\"5m\" or \"1h\"), exact for sums, counts, means, "
                   "extremes, last "
                   "values and rates; what was received stays beside them until it is older than keep_raw."),
        count_key("metric.tombstones_max", "deletions", {1, 1'000'000}, FIELD(metric_store.tombstones_max),
                  "Deletions whose samples still lie in files; one more is refused until clean_tombstones was called."),
        duration_key("metric.seal_interval", {100, DAY}, FIELD(metric_store.seal_interval_ms),
                     "The newest samples become a file at least this often; the log keeps them until then."),
        duration_key("metric.fold_interval", {100, 7 * DAY}, FIELD(metric_store.fold_interval_ms),
                     "Those files become parts of a day at least this often."),
        bytes_key("metric.head_bytes_max", {MIB, 1024 * GIB}, FIELD(metric_store.head_bytes_max),
                  "The newest samples become a file early when they take more memory."),
        count_key("metric.seal_samples_max", "samples", {1'000, 1'000'000'000}, FIELD(metric_store.seal_samples_max),
                  "The newest samples become a file early when they are more; bounds the replay after a crash."),
        count_key("metric.fold_samples_max", "samples", {1'000, 10'000'000'000}, FIELD(metric_store.fold_samples_max),
                  "Files become parts of a day early when they hold more samples together."),
        count_key("metric.exemplars_per_series_max", "exemplars", {0, 10'000},
                  FIELD(metric_store.exemplars_per_series_max),
                  "Exemplars kept of one series in memory and in each file; the oldest give way, 0 keeps none."),
        count_key("metric.exemplars_max", "exemplars", {0, 10'000'000}, FIELD(metric_store.exemplars_max),
                  "The same of all series together."),
        duration_key("metric.idle", {100, DAY}, FIELD(metric_store.idle_ms),
                     "A store that got nothing for so long does such work early."),
        count_key("metric.idle_samples_min", "samples", {0, 1'000'000'000}, FIELD(metric_store.idle_samples_min),
                  "Idle work is done for at least so many samples."),
        count_key("metric.out_of_order_samples_max", "samples", {1, 65'536},
                  FIELD(metric_store.out_of_order_samples_max),
                  "Samples of one series that came out of order and wait uncompressed."),
        count_key("metric.metadata_max", "names", {0, 10'000'000}, FIELD(metric_store.metadata_max),
                  "Metric names with type, unit and help; further ones are counted and forgotten."),
        bytes_key("metric.column_cache_bytes_max", {0, 64 * GIB}, FIELD(metric_store.column_cache_bytes_max),
                  "Decoded time columns that one query may keep."),
        count_key("query.samples_max", "samples", {0, 1'000'000'000'000}, FIELD(query.samples_max),
                  "Samples that one query may read; 0 sets no limit."),
        count_key("query.series_max", "series", {0, 1'000'000'000}, FIELD(query.series_max),
                  "Series that one query may select; 0 sets no limit."),
        bytes_key("query.memory_bytes_max", {0, 1024 * GIB}, FIELD(query.memory_bytes_max),
                  "Memory that one query may hold, estimated; 0 sets no limit."),
        duration_key("query.wall_max", {0, DAY}, FIELD(query.wall_ms_max),
                     "How long one query may run; 0s sets no limit."),
    };
}

Keys bulk_keys() {
    return {
        duration_key("bulk.wall_max", {SECOND, 30 * DAY}, FIELD(bulk.wall_ms_max),
                     "How long one remote read, federation or export may take, its reader's slowness included."),
        count_key("bulk.whole_samples_max", "samples", {1, 1'000'000'000'000}, FIELD(bulk.whole_samples_max),
                  "Samples of a remote read that does not accept streamed chunks and so is answered whole."),
        bytes_key("bulk.whole_bytes_max", {MIB, 64 * GIB}, FIELD(bulk.whole_bytes_max), "Memory of such an answer."),
        count_key("bulk.queries_max", "queries", {1, 10'000}, FIELD(bulk.queries_max), "Queries of one remote read."),
        list_key("bulk.external_labels", "name=value", FIELD(bulk.external_labels),
                 "Labels that series get when they leave by remote read, federation, export or forwarding, unless they "
                 "have them."),
        text_key(
            "forward.file", "path", Shown::yes, FIELD(forward.file),
            "A Prometheus configuration; what comes in is sent on to every destination of its remote_write section."),
        bytes_key("forward.keep_bytes", {MIB, 1024 * GIB}, FIELD(forward.keep_bytes),
                  "The log is kept for a destination that is behind up to this size, and up to half of "
                  "queue.log_bytes_max; beyond it the oldest records are given up."),
        duration_key("forward.keep", {MINUTE, DAY}, FIELD(forward.keep_ms), "The same by the age of what waits."),
        bytes_key("forward.labels_bytes_max", {MIB, 2 * GIB}, FIELD(forward.labels_bytes_max),
                  "Memory of a destination for the labels of the series it sends; what does not fit is made again."),
    };
}

Keys scrape_keys() {
    return {
        text_key("scrape.config_file", "path", Shown::yes, FIELD(scrape.config_file),
                 "A Prometheus configuration file whose scrape_configs are scraped; read again when it changes."),
        list_key("scrape.targets", "host:port/path or URL", FIELD(scrape.targets),
                 "Targets that are scraped without such a file, with job=\"scrape\"; the path is /metrics when none is "
                 "given."),
        duration_key("scrape.interval", {SECOND, DAY}, FIELD(scrape.interval_ms),
                     "Time between two scrapes of "
                     "scrape.targets."),
        count_key("scrape.threads_max", "threads", {1, 10'000}, FIELD(scrape.threads_max),
                  "Requests that wait for targets at the same time; further ones wait for a thread."),
        count_key("scrape.targets_max", "targets", {1, 10'000'000}, FIELD(scrape.targets_max),
                  "Targets of all jobs together; a job that would exceed it is not scraped."),
        bytes_key("scrape.body_bytes_max", {KIB, 4 * GIB}, FIELD(scrape.body_bytes_max),
                  "One target's answer after it is decompressed; a larger one fails the scrape."),
        bytes_key("scrape.in_flight_bytes_max", {MIB, 64 * GIB}, FIELD(scrape.in_flight_bytes_max),
                  "All answers of targets that are held at the same time; one that would exceed it fails."),
    };
}

Keys source_keys() {
    return {
        enum_key<ingest::otlp::Translation>(
            "otlp.translation_strategy",
            {{"UnderscoreEscapingWithSuffixes", ingest::otlp::Translation::underscores_with_suffixes},
             {"UnderscoreEscapingWithoutSuffixes", ingest::otlp::Translation::underscores_without_suffixes},
             {"NoUTF8EscapingWithSuffixes", ingest::otlp::Translation::utf8_with_suffixes},
             {"NoTranslation", ingest::otlp::Translation::none}},
            FIELD(otlp.translation),
            "How names of OpenTelemetry become names of metrics and labels; the words are Prometheus' own."),
        list_key("otlp.promote_resource_attributes", "attribute", FIELD(otlp.promote_resource_attributes),
                 "Resource attributes that become labels of every series, not of target_info alone; \"*\" takes all."),
        switch_key(
            "otlp.promote_scope", FIELD(otlp.promote_scope),
            "Gives every series the name, version, schema and attributes of its instrumentation scope as labels."),
        switch_key(
            "otlp.native_histograms", FIELD(otlp.native_histograms),
            "Stores histograms with explicit bounds as native histograms with custom buckets, instead of a series "
            "a bucket."),
        count_key("otlp.delta_streams_max", "streams", {1, 100'000'000}, FIELD(otlp.delta_streams_max),
                  "Streams of delta temporality that are summed up in memory; points of one more are refused."),
        duration_key("otlp.delta_idle", {MINUTE, 30 * DAY}, FIELD(otlp.delta_idle_ms),
                     "A delta stream without points for so long is forgotten; its next point begins at zero."),
        switch_key("host.enabled", FIELD(host.enabled), "Measures the machine Belfry runs on."),
        text_key("host.root", "path", Shown::yes, FIELD(host.root),
                 "A directory that holds this machine's proc and sys, for a server in a container; empty takes /."),
        text_key("host.instance", "name", Shown::yes, FIELD(host.instance),
                 "The instance label of this machine's series; empty takes its host name."),
        duration_key("host.store_interval", {SECOND, HOUR}, FIELD(host.store_interval_ms),
                     "Time between two stored samples of this machine; the live page has one a second from memory."),
        count_key("host.processes_top", "processes", {0, 100}, FIELD(host.processes_top),
                  "Processes that are shown and stored, by CPU and by memory each."),
        switch_key("self.enabled", FIELD(self.enabled), "Stores Belfry's own counters."),
        duration_key("self.interval", {SECOND, HOUR}, FIELD(self.interval_ms),
                     "Time between two stored samples of Belfry's own counters."),
    };
}

Keys transform_keys() {
    return {
        text_key("transform.specs_dir", "path", Shown::yes, FIELD(transform.specs_dir),
                 "A directory with monasca-transform's pre_transform_specs.json and transform_specs.json, for all tenants "
                 "that have none of their own; empty has none."),
        duration_key("transform.delay", {0, DAY}, FIELD(transform.delay_ms),
                     "An hour is aggregated so long after its end, for samples that come late."),
        duration_key("transform.catch_up", {HOUR, 30 * DAY}, FIELD(transform.catch_up_ms),
                     "Hours that a stopped server missed are computed afterwards, as far back as this."),
        bytes_key("transform.specs_bytes_max", {KIB, 64 * MIB}, FIELD(transform.specs_bytes_max),
                  "Specs of one tenant; longer ones are refused."),
    };
}

Keys agent_keys() {
    return {
        switch_key("agent.system_metrics", FIELD(agent.system_metrics),
                   "Reports this host under the names of Monasca's agent, too: cpu.idle_perc, mem.usable_mb, ..."),
        duration_key("agent.interval", {SECOND, HOUR}, FIELD(agent.interval_ms),
                     "Time between two readings, and between two runs of a check that names no collect_period."),
        text_key("agent.checks_file", "path", Shown::yes, FIELD(agent.checks_file),
                 "Checks of all plugins in one YAML file: plugin -> init_config and instances, as in monasca-agent's conf.d."),
        text_key("agent.checks_dir", "path", Shown::yes, FIELD(agent.checks_dir),
                 "A directory of such files, one a plugin: http_check.yaml, tcp_check.yaml, ..."),
        count_key("agent.checks_max", "checks", {1, 10'000}, FIELD(agent.checks_max),
                  "Instances of all checks, each of which has a thread; a configuration with more is refused."),
        count_key("agent.files_max", "files", {1, 100'000'000}, FIELD(agent.files_max),
                  "Files that one check of a directory looks at; one of more fails."),
        text_key("agent.hostname", "name", Shown::yes, FIELD(agent.hostname),
                 "Dimension hostname of what is reported; empty takes this machine's name."),
        bytes_key("agent.backlog_bytes_max", {64 * KIB, 16 * GIB}, FIELD(agent.backlog_bytes_max),
                  "What belfry agent keeps while its server is away; beyond it the oldest goes."),
        count_key("agent.batch_max", "metrics", {1, 100'000}, FIELD(agent.batch_max),
                  "Metrics that belfry agent sends in one request."),
    };
}

Keys socket_keys() {
    return {
        text_key("graphite.listen", "host:port", Shown::yes, FIELD(graphite.listen),
                 "Graphite's lines, TCP and UDP, unauthenticated; empty is off, a busy port is a warning."),
        text_key("graphite.pickle_listen", "host:port", Shown::yes, FIELD(graphite.pickle_listen),
                 "Graphite's pickles, TCP, unauthenticated; empty is off, a busy port is a warning."),
        bytes_key("graphite.pickle_bytes_max", {KIB, 64 * MIB}, FIELD(graphite.pickle_bytes_max),
                  "One pickle; a connection that sends a larger one is closed."),
        bytes_key("graphite.message_bytes_max", {KIB, 16 * MIB}, FIELD(graphite.sockets.message_bytes_max),
                  "One line; a longer one is skipped and counted."),
        bytes_key("graphite.waiting_bytes_max", {64 * KIB, 16 * GIB}, FIELD(graphite.sockets.waiting_bytes_max),
                  "Lines and pickles received and not read yet; beyond it connections wait and datagrams are dropped."),
        count_key("graphite.connections_max", "connections", {1, 1'000'000}, FIELD(graphite.sockets.connections_max),
                  "Open connections; one more is closed."),
        duration_key("graphite.idle", {100, 365 * DAY}, FIELD(graphite.sockets.idle_ms),
                     "A connection that sends nothing for so long is closed."),
        text_key("statsd.listen", "host:port", Shown::yes, FIELD(statsd.listen),
                 "statsd, UDP and TCP, unauthenticated; empty is off, a busy port is a warning."),
        choice_key("statsd.dialect", {"mixed", "monasca"}, FIELD(statsd.dialect),
                   "With mixed a line whose tags are a dictionary is counted as Monasca's agent counts it (sums and last "
                   "values of an interval), all others as counters that grow; with monasca every line."),
        text_key("statsd.hostname", "name", Shown::yes, FIELD(statsd.hostname),
                 "Added as dimension hostname to lines in Monasca's dialect that have none; auto is this machine's name, "
                 "empty adds nothing."),
        duration_key("statsd.flush_interval", {100, HOUR}, FIELD(statsd.flush_ms),
                     "How often what was counted becomes samples."),
        duration_key("statsd.expiry", {SECOND, 365 * DAY}, FIELD(statsd.expiry_ms),
                     "A series that nobody sends to for so long ends."),
        count_key("statsd.keys_max", "series", {1, 100'000'000}, FIELD(statsd.keys_max),
                  "Combinations of name and tags that are counted at one time; one more is refused."),
        count_key("statsd.set_members_max", "members", {1, 1'000'000'000}, FIELD(statsd.set_members_max),
                  "Members of all sets in one interval; further ones are refused."),
        bytes_key("statsd.message_bytes_max", {KIB, 16 * MIB}, FIELD(statsd.sockets.message_bytes_max),
                  "One line; a longer one is skipped and counted."),
        bytes_key("statsd.waiting_bytes_max", {64 * KIB, 16 * GIB}, FIELD(statsd.sockets.waiting_bytes_max),
                  "Lines received and not read yet; beyond it connections wait and datagrams are dropped."),
        count_key("statsd.connections_max", "connections", {1, 1'000'000}, FIELD(statsd.sockets.connections_max),
                  "Open connections; one more is closed."),
        duration_key("statsd.idle", {100, 365 * DAY}, FIELD(statsd.sockets.idle_ms),
                     "A connection that sends nothing for so long is closed."),
    };
}

Keys monasca_keys() {
    return {
        bytes_key("monasca.log_bytes_max", {KIB, 64 * MIB}, FIELD(monasca.log_bytes_max),
                  "The body of one post of logs to Monasca's API; a larger one gets 413."),
        bytes_key("monasca.event_bytes_max", {KIB, 64 * MIB}, FIELD(monasca.event_bytes_max),
                  "The body of one post of events to Monasca's API; a larger one gets 413."),
        switch_key("monasca.log_metrics", FIELD(monasca.log_metrics),
                   "Counts lines of level WARN and ERROR that Monasca's API takes as samples of log.warn and log.error."),
        bytes_key("monasca.keep_bytes", {MIB, 1024 * GIB}, FIELD(monasca.keep_bytes),
                  "How much of the log is kept for logs and events that no store has read; half of queue.log_bytes_max counts."),
        duration_key("monasca.keep", {MINUTE, 1000 * YEAR}, FIELD(monasca.keep_ms), "The same by age."),
    };
}

Keys rule_keys() {
    return {
        list_key("rules.files", "paths and patterns", FIELD(rules.files),
                 "Prometheus rule files, like \"/etc/belfry/rules/*.yml\"; read again on SIGHUP, POST /-/reload and "
                 "when they change."),
        text_key("rules.tenant", "tenant", Shown::yes, FIELD(rules.tenant), "Whose series rules read and write."),
        duration_key("rules.interval", {SECOND, DAY}, FIELD(rules.interval_ms),
                     "Time between two evaluations of groups that name no interval."),
        duration_key("rules.query_offset", {0, DAY}, FIELD(rules.query_offset_ms),
                     "How far back groups that name no query_offset look, for samples that come late."),
        count_key(
            "rules.workers", "threads", {1, 64}, FIELD(rules.workers),
            "Groups that are evaluated at the same time; one that takes longer than its interval leaves turns out."),
        duration_key(
            "rules.grace", {0, DAY}, FIELD(rules.grace_ms),
            "After a restart an alert that was pending and has a longer for waits at least so long before it fires."),
        duration_key("rules.outage", {0, 30 * DAY}, FIELD(rules.outage_ms),
                     "States of alerts are taken over from before a stop that lasted no longer than this."),
        duration_key("rules.watch", {0, DAY}, FIELD(rules.watch_ms),
                     "How often the files are looked at for changes; 0s never looks."),
        duration_key("rules.timeout", {SECOND, HOUR}, FIELD(rules.wall_ms_max),
                     "How long one expression may be evaluated; beyond it the rule has failed."),
        bytes_key("rules.file_bytes_max", {KIB, 16 * MIB}, FIELD(rules.file_bytes_max),
                  "A rule file; a larger one is refused."),
        count_key("rules.rules_max", "rules", {1, 1'000'000}, FIELD(rules.rules_max),
                  "Rules of all files; files beyond it are refused."),
        count_key("rules.alerts_max", "alerts", {1, 10'000'000}, FIELD(rules.alerts_max),
                  "Series that one alert expression may give; more make the rule fail."),
        list_key("rules.external_labels", "name=value", FIELD(rules.external_labels),
                 "What templates see as $externalLabels."),
        text_key("rules.external_url", "URL", Shown::yes, FIELD(rules.external_url),
                 "What templates see as $externalURL; empty takes the main address."),
    };
}

Keys notify_keys() {
    return {
        duration_key("notify.ttl", {SECOND, 30 * DAY}, FIELD(notify.ttl_ms),
                     "Transitions older than this are not told any more, and what could not be delivered for so long "
                     "is given up."),
        list_key("notify.periods", "seconds", FIELD(notify.periods),
                 "Periods that a notification method may have; 0 tells each transition once."),
        duration_key("notify.timeout", {100, 5 * MINUTE}, FIELD(notify.timeout_ms),
                     "How long one attempt may take, from the resolver to the last byte of the answer."),
        duration_key("notify.retry_interval", {100, DAY}, FIELD(notify.retry_interval_ms),
                     "The pause between the first attempt and the second."),
        ratio_key("notify.retry_growth", {1, 100}, FIELD(notify.retry_growth),
                  "Each further pause is this many times as long as the one before."),
        duration_key("notify.retry_interval_max", {SECOND, 7 * DAY}, FIELD(notify.retry_interval_ms_max),
                     "No pause is longer."),
        ratio_key("notify.retry_jitter", {0, 1}, FIELD(notify.retry_jitter),
                  "A pause becomes longer by a random part of itself, up to this."),
        count_key("notify.attempts_max", "attempts", {1, 1'000}, FIELD(notify.attempts_max),
                  "After so many attempts a delivery has failed."),
        count_key("notify.connections_per_host", "connections", {1, 64}, FIELD(notify.connections_per_host),
                  "Connections to one host; alarms are spread over them, one alarm stays on one."),
        count_key("notify.workers_max", "threads", {1, 4'096}, FIELD(notify.workers_max),
                  "Connections to all hosts together; further hosts wait for a free one."),
        count_key("notify.queue_max", "deliveries", {100, 1'000'000}, FIELD(notify.queue_max),
                  "Deliveries to one host in memory; further ones wait in the store."),
        count_key("notify.outbox_max", "deliveries", {1'000, 100'000'000}, FIELD(notify.outbox_max),
                  "Deliveries that wait in the store; one more has failed at once."),
        count_key("notify.repeats_max", "repeats", {1, 10'000'000}, FIELD(notify.repeats_max),
                  "Alarms that are told periodically, times their methods; one more is told once."),
        count_key("notify.hushed_max", "alarms", {1, 10'000'000}, FIELD(notify.hushed_max),
                  "Silenced alarms that are told when the silence ends and they still ring, times their methods; one "
                  "more is not told then."),
        count_key("notify.groups_max", "groups", {1, 1'000'000}, FIELD(notify.groups_max),
                  "Groups that routes make; alarms of one more are told alone."),
        count_key("notify.group_alarms_max", "alarms", {1, 1'000'000}, FIELD(notify.group_alarms_max),
                  "Alarms in one group; further ones are counted in the message (truncatedAlerts) and not listed."),
        duration_key("notify.store_every", {10, MINUTE}, FIELD(notify.store_ms),
                     "Outcomes are stored together this often; after a crash what was not stored is told again, with "
                     "the same Idempotency-Key."),
        duration_key("notify.log", {HOUR, 10 * YEAR}, FIELD(notify.log_ms), "How long the delivery log is kept."),
        count_key("notify.log_rows_max", "deliveries", {1'000, 1'000'000'000}, FIELD(notify.log_rows_max),
                  "Rows of the delivery log; the oldest go first."),
        list_key("notify.allow_networks", "address/bits", FIELD(notify.allow_networks),
                 "When not empty, notifications go to addresses in these networks only, like \"10.0.0.0/8\"."),
        list_key("notify.deny_networks", "address/bits", FIELD(notify.deny_networks),
                 "Notifications never go to addresses in these networks; link-local and multicast ones are always "
                 "refused."),
        bytes_key("notify.answer_bytes_max", {KIB, 64 * MIB}, FIELD(notify.answer_bytes_max),
                  "A receiver's answer; a longer one is a failure."),
        text_key("notify.smtp_server", "host:port", Shown::yes, FIELD(notify.smtp_server),
                 "The mail server; without it methods of type EMAIL need one of their own."),
        choice_key("notify.smtp_security", {"starttls", "tls", "none"}, FIELD(notify.smtp_security),
                   "How the mail server is spoken to: with STARTTLS, with TLS from the start, or in the clear."),
        text_key("notify.smtp_user", "text", Shown::yes, FIELD(notify.smtp_user), "The user at the mail server."),
        text_key("notify.smtp_password", "text", Shown::no, FIELD(notify.smtp_password), "The password of that user."),
        text_key("notify.smtp_from", "address", Shown::yes, FIELD(notify.smtp_from), "The sender of mails."),
        text_key("notify.smtp_ca_file", "path", Shown::yes, FIELD(notify.smtp_ca_file),
                 "The certificates (PEM) that mail servers are trusted by; empty takes the machine's."),
        text_key("notify.external_url", "URL", Shown::yes, FIELD(notify.external_url),
                 "What links in notifications begin with; empty takes the main address."),
        duration_key("notify.resolve_timeout", {SECOND, 30 * DAY}, FIELD(notify.resolve_timeout_ms),
                     "An alert of another program that names no end is over so long after it was last sent."),
        count_key("notify.outside_alarms_max", "alarms", {1, 10'000'000}, FIELD(notify.outside_alarms_max),
                  "Alerts of other programs that are known; further ones are refused."),
    };
}

Keys query_alarm_keys() {
    return {
        count_key("alarm.definitions_max", "definitions", {1, 1'000'000}, FIELD(query_alarms.definitions_max),
                  "PromQL alarm definitions of all tenants; those beyond it are not evaluated."),
        count_key("alarm.definition_alarms_max", "alarms", {1, 10'000'000}, FIELD(query_alarms.definition_alarms_max),
                  "Alarms of one PromQL definition; an evaluation that gives more fails."),
        duration_key("alarm.forget", {MINUTE, 365 * DAY}, FIELD(query_alarms.forget_ms),
                     "An alarm of a query whose series has been gone, or of a rule that has been OK, for so long is "
                     "removed."),
        duration_key("alarm.hold_back", {0, DAY}, FIELD(query_alarms.hold_back_ms),
                     "After a start PromQL definitions tell nothing new for so long, for what they read may not be "
                     "complete yet."),
        count_key("alarm.waiting_events_max", "events", {1'000, 100'000'000}, FIELD(query_alarms.waiting_events_max),
                  "Events of alarms that wait because the log refuses them; beyond it an alarm's transitions are "
                  "joined into one."),
        count_key("anomaly.monitors_max", "monitors", {1, 100'000}, FIELD(anomaly.monitors_max),
                  "Anomaly monitors of all tenants; those beyond it are not evaluated."),
        count_key("anomaly.series_max", "series", {1, 1'000'000}, FIELD(anomaly.series_max),
                  "Series of one anomaly monitor; an evaluation that gives more fails."),
        duration_key("anomaly.choose_again", {MINUTE, 365 * DAY}, FIELD(anomaly.choose_again_ms),
                     "How often models are chosen and trained anew from the history."),
        duration_key("anomaly.forget", {MINUTE, 365 * DAY}, FIELD(anomaly.forget_ms),
                     "A series that has been gone for so long is forgotten by its monitor."),
    };
}

std::vector<Key> make_keys() {
    Keys all;
    for (Keys (*section)() : {server_keys, identity_keys, http_keys, log_keys, metric_keys, bulk_keys, source_keys, agent_keys, transform_keys,
                              socket_keys, scrape_keys, monasca_keys, rule_keys, notify_keys, alarm_keys, query_alarm_keys}) {
        Keys rows = section();
        std::move(rows.begin(), rows.end(), std::back_inserter(all));
    }
    return all;
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
