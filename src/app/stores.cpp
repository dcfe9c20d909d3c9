#include "app/parts.h"

#include "app/keep_rules.h"

namespace belfry::app {
namespace {

constexpr int64_t CATCH_UP_WAIT_MS = 60'000;
constexpr int64_t ERASE_WAIT_MS = 60'000;  // a seal and a fold

}  // namespace

Status App::Parts::open_stores() {
    FileSystem& files_on_disk = real_file_system();
    journal::JournalConfig journal = config.journal;
    journal.directory = data.log();
    queue = TRY(queue::Queue::open(files_on_disk, clock, config.queue, journal).context("open the log"));
    catalog = TRY(catalog::Catalog::open(data.catalog(), config.catalog, clock).context("open the catalog"));
    sessions = TRY(catalog::Sessions::open(*catalog).context("open the sessions"));
    metrics = TRY(store::MetricStore::open(files_on_disk, clock,
                                           {.dir = data.metrics(), .config = TRY(with_keep_rules(config.metric_store)), .crash_point = {}})
                      .context("open the metric store"));
    metric_stage = std::make_unique<consumer::MetricStage>(*metrics);
    catalog_stage = std::make_unique<consumer::CatalogStage>(*catalog);
    metric_consumer = std::make_unique<consumer::TopicConsumer>(*queue, static_cast<uint32_t>(queue::Topic::metrics),
                                                                consumer::MetricStage::decode);
    metric_consumer->add_stage(*metric_stage);
    catalog_consumer =
        std::make_unique<consumer::TopicConsumer>(*queue, static_cast<uint32_t>(queue::Topic::definitions), nullptr);
    catalog_consumer->add_stage(*catalog_stage);
    TRY(metric_consumer->start().context("start the metric consumer"));
    TRY(catalog_consumer->start().context("start the catalog consumer"));
    TRY(open_alarms());
    TRY(open_threshold());
    TRY(open_notify());
    TRY(open_forwarder());
    snapshots = std::make_unique<Snapshots>(Snapshots::Parts{.files = files_on_disk,
                                                             .clock = clock,
                                                             .metrics = *metrics,
                                                             .catalog = *catalog,
                                                             .alarms = *alarms,
                                                             .notifier = *notifier,
                                                             .directory = data.snapshots(),
                                                             .catch_up = [this] { return catch_up(); }});
    TRY(snapshots->clean().context("remove unfinished snapshots"));
    queue->start_retention();
    return {};
}

Status App::Parts::erase(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range) {
    const uint64_t offset = TRY(writer->erase(tenant, matchers, range));
    const bool waited = metric_consumer->wait_applied(offset + 1, ERASE_WAIT_MS);
    for (const consumer::StageStatus& stage : metric_consumer->status()) {
        if (stage.state == consumer::StageState::stopped) {
            return make_error(Code::unavailable, "the deletion is written, but {} has stopped: {}", stage.name,
                              stage.error);
        }
    }
    if (waited) return {};
    return make_error(Code::timeout, "the deletion is written and will be applied, but was not within {} ms",
                      ERASE_WAIT_MS);
}

Status App::Parts::catch_up() {
    if (metric_consumer->catch_up(CATCH_UP_WAIT_MS) && catalog_consumer->catch_up(CATCH_UP_WAIT_MS) &&
        alarm_consumer->catch_up(CATCH_UP_WAIT_MS) && notify_consumer->catch_up(CATCH_UP_WAIT_MS))
        return {};
    return make_error(Code::unavailable, "what was accepted before is not stored within {} ms", CATCH_UP_WAIT_MS);
}

}  // namespace belfry::app
