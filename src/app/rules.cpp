// Rules: what they read, where they write, when their files are read again.
#include "api/prometheus/rules.h"
#include "app/parts.h"
#include "base/log.h"
#include "base/yaml.h"

namespace belfry::app {
namespace {

constexpr size_t CONFIG_BYTES_MAX = 16 << 20;
constexpr int64_t ALARM_WATCH_MS = 1'000;  // definitions that changed; events that the log refused
constexpr int64_t SWEEP_TURNS = 30;        // alarms that are to go

http::Response reload_answer(const Status& done) {
    if (!done.ok()) return http::error_response(done.error());
    http::Response out;
    out.content_type = "text/plain; charset=utf-8";
    out.body = "Reloaded.\n";
    return out;
}

/// `rule_files` of the scrape configuration, which may be a whole Prometheus configuration; paths begin at its
/// directory.
std::vector<std::string> rule_files_of(const std::string& config_file) {
    std::vector<std::string> out;
    if (config_file.empty()) return out;
    const Result<std::string> text = alarm::read_text_file(config_file, CONFIG_BYTES_MAX);
    if (!text.ok()) return out;  // scraping tells
    const Result<YamlNode> document = parse_yaml_document(*text);
    const YamlNode* files = document.ok() ? document->find("rule_files") : nullptr;
    if (!files || !files->is_sequence()) return out;
    const size_t slash = config_file.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : config_file.substr(0, slash + 1);
    for (size_t i = 0; i < files->size(); ++i) {
        const std::string& path = files->at(i).text();
        if (!path.empty()) out.push_back(path[0] == '/' ? path : directory + path);
    }
    return out;
}

/// Ids of all alerting rules; nothing when files could not be read, for then nobody knows.
std::optional<std::set<std::string>> rule_definitions(const alarm::RuleBook& rules) {
    if (!rules.last_load().ok) return std::nullopt;
    std::set<std::string> out;
    for (const auto& view : rules.groups())
        for (const auto& rule : view->group->rules)
            if (rule->alerting)
                out.insert(alarm::RuleAlarms::definition_id(view->group->file, view->group->name, rule->name));
    return out;
}

}  // namespace

void App::Parts::open_rules() {
    alarm::SampleSink write = [this](std::string_view tenant,
                                     std::span<const alarm::RuleSample> samples) -> Result<alarm::SinkOutcome> {
        ingest::WireBatch batch;
        batch.decoder = &ingest::canonical_label_decoder();
        batch.tenant = tenant;
        for (const alarm::RuleSample& sample : samples) {
            batch.add_series(sample.labels.bytes());
            if (sample.histogram)
                batch.add_histogram(sample.time_ms, sample.histogram);
            else
                batch.add_sample(sample.time_ms, sample.value);
        }
        const ingest::WriteOutcome outcome = TRY(writer->write(batch, "rules"));
        return alarm::SinkOutcome{
            .refused = outcome.rejected_samples,
            .first_message =
                outcome.first_message + (outcome.first_series.empty() ? "" : " (" + outcome.first_series + ")")};
    };
    const alarm::StoredAlarms stored_alarms{
        .find = [this](std::string_view tenant, std::string_view id) { return alarms->find(tenant, id); },
        .all = [this] { return alarms->alarms(""); },
        .applied_to = [this] { return alarms->applied_to(); }};
    const size_t waiting_max = config.query_alarms.waiting_events_max;
    rule_outbox = std::make_unique<alarm::AlarmOutbox>(*alarm_log, stored_alarms, "rules", waiting_max);
    rule_alarms = std::make_unique<alarm::RuleAlarms>(*rule_outbox, clock, config.query_alarms.forget_ms);
    const std::string external_url =
        config.rules.external_url.empty() ? "http://" + config.server.listen : config.rules.external_url;
    alarm_schedule = std::make_unique<alarm::Schedule>(clock, config.rules.workers);
    rules = std::make_unique<alarm::RuleBook>(
        alarm::RuleParts{
            .engine = *engine,
            .source = *source,
            .clock = clock,
            .config = config.rules,
            .limits = config.query,
            .write = write,
            .changed = [this](const std::vector<alarm::Transition>& all) { rule_alarms->changed(all); },
            .settled =
                [this](const std::string& tenant, const alarm::RuleGroup& group,
                       const std::vector<alarm::Transition>& firing) { rule_alarms->settled(tenant, group, firing); },
            .external_url = external_url},
        *alarm_schedule, [this] { return rule_files_of(config.scrape.config_file); });
    query_outbox = std::make_unique<alarm::AlarmOutbox>(*alarm_log, stored_alarms, "query", waiting_max);
    queries = std::make_unique<alarm::QueryBook>(
        alarm::QueryParts{.engine = *engine,
                          .clock = clock,
                          .rules = config.rules,
                          .config = config.query_alarms,
                          .limits = config.query,
                          .outbox = *query_outbox,
                          .external_url = external_url},
        *alarm_schedule, [this] { return catalog->snapshot()->documents(catalog::ALARM_DEFINITION); });
    open_anomaly(std::move(write));
    (void)rules->load();  // what is wrong is logged and shown on the page; the rest runs
    api::add_rule_routes(router, *rules, clock);
    for (const char* path : {"/-/reload", "/prometheus/-/reload"}) {
        for (const char* method : {"POST", "PUT"})
            router.add(method, path, http::Access::change,
                       [this](const http::Request&) { return reload_answer(reload()); });
    }
    if (config.rules.watch_ms > 0)
        rule_watch =
            std::make_unique<Periodic>("rule-watch", config.rules.watch_ms, [this] { rules->load_if_changed(); });
}

// After the replay: the stored alarms and the definitions are complete.
void App::Parts::start_rules() {
    queries->sync();
    monitors->sync();
    alarm_schedule->start();
    alarm_watch = std::make_unique<Periodic>("alarm-watch", ALARM_WATCH_MS, [this, turn = int64_t{0}]() mutable {
        (void)rule_outbox->flush();
        (void)query_outbox->flush();
        queries->sync();
        monitors->sync();
        if (++turn % SWEEP_TURNS != 0) return;
        rule_alarms->sweep(rule_definitions(*rules));
        queries->sweep();
    });
}

// What is scraped comes first, for it may name rule files. What is wrong in one does not keep the other from its files.
Status App::Parts::reload() {
    std::string wrong;
    for (const Status& done : {scraping->reload(), rules->load()})
        if (!done.ok()) wrong += (wrong.empty() ? "" : "; ") + done.error().message;
    return wrong.empty() ? Status() : Status(make_error(Code::invalid, "{}", wrong));
}

}  // namespace belfry::app
