// Rules: what they read, where they write, when their files are read again.
#include "api/prometheus/rules.h"
#include "app/parts.h"
#include "base/log.h"

namespace belfry::app {
namespace {

http::Response reload_answer(const Status& done) {
    if (!done.ok()) return http::error_response(done.error());
    http::Response out;
    out.content_type = "text/plain; charset=utf-8";
    out.body = "Reloaded.\n";
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
    rules = std::make_unique<alarm::RuleBook>(
        alarm::RuleParts{.engine = *engine,
                         .source = *source,
                         .clock = clock,
                         .config = config.rules,
                         .limits = config.query,
                         .write = std::move(write),
                         .changed = {},
                         .external_url = config.rules.external_url.empty() ? "http://" + config.server.listen
                                                                           : config.rules.external_url},
        nullptr);
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

// Each part reads its own files; what is wrong in one does not keep the others from theirs.
Status App::Parts::reload() {
    std::string wrong;
    for (const Status& done : {rules->load(), scraping->reload()})
        if (!done.ok()) wrong += (wrong.empty() ? "" : "; ") + done.error().message;
    return wrong.empty() ? Status() : Status(make_error(Code::invalid, "{}", wrong));
}

}  // namespace belfry::app
