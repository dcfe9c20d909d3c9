#include "app/demo/demo.h"

#include "base/json.h"
#include "base/log.h"

namespace belfry::app {
namespace {

constexpr const char* SETTING = "demo";
constexpr int64_t FILL_STEPS = 12;  // steps of one batch: two minutes, about 20,000 samples

std::string setting_json(int64_t since_ms, bool filled) {
    JsonWriter json;
    json.begin_object().field("since_ms", since_ms).field("filled", filled).end_object();
    return json.take();
}

/// The first step at or after `time_ms`.
int64_t step_at(int64_t time_ms) {
    return (time_ms + Fleet::STEP_MS - 1) / Fleet::STEP_MS * Fleet::STEP_MS;
}

}  // namespace

struct Demo::Run {
    explicit Run(int64_t since) : since_ms(since), fleet(since) {}
    const int64_t since_ms;
    const Fleet fleet;
    bool filled = false;  // of the thread
    bool stopping = false;
    std::condition_variable wake;
    std::thread thread;
};

Demo::Demo(Parts parts) : parts_(std::move(parts)) {}

Demo::~Demo() {
    stop();
}

void Demo::resume() {
    const std::lock_guard control(control_mutex_);
    const auto snapshot = parts_.catalog.snapshot();
    const auto found = snapshot->settings.find(SETTING);
    if (found == snapshot->settings.end()) return;
    auto json = JsonView::parse(found->second);
    const int64_t since_ms = json.ok() ? json->int_or("since_ms", 0) : 0;
    if (since_ms <= 0) {
        log_error("app", "the demo's setting cannot be read", {{"value", found->second}});
        return;
    }
    launch(since_ms, json->bool_or("filled", false));
}

void Demo::stop() {
    const std::lock_guard control(control_mutex_);
    static_cast<void>(halt());
}

api::DemoState Demo::state() const {
    const std::lock_guard lock(mutex_);
    if (run_ == nullptr) return {};
    return {.running = true, .series = run_->fleet.series().size(), .since_ms = run_->since_ms};
}

Status Demo::start(std::string_view by) {
    const std::lock_guard control(control_mutex_);
    if (state().running) return {};
    const int64_t since_ms = parts_.clock.now_ms() / Fleet::STEP_MS * Fleet::STEP_MS;
    {
        const Fleet fleet(since_ms);
        if (auto written = write(fleet, since_ms, since_ms + 1, Metadata::yes); !written.ok()) {
            // some may have been taken; all or nothing
            if (auto erased = erase(); !erased.ok())
                log_warn("app", "demo samples left behind", {{"error", erased.error().message}});
            return std::move(written).context("the demo's first samples");
        }
    }
    auto noted = parts_.changes.make(catalog::Setting{.name = SETTING, .json = setting_json(since_ms, false)}, by);
    if (!noted.ok()) return noted;
    launch(since_ms, false);
    return {};
}

Status Demo::remove(std::string_view by) {
    const std::lock_guard control(control_mutex_);
    const std::shared_ptr<Run> run = halt();
    // first the samples: should that fail, the demo goes on, and there is still something to remove
    if (auto erased = erase(); !erased.ok()) {
        if (run != nullptr) launch(run->since_ms, run->filled);
        return std::move(erased).context("remove the demo's samples");
    }
    if (!parts_.catalog.snapshot()->settings.contains(SETTING)) return {};
    return parts_.changes.make(catalog::RemoveSetting{SETTING}, by);
}

Status Demo::erase() {
    const model::Matchers demo = {TRY(model::Matcher::make(model::Matcher::Op::equal, "demo", "true"))};
    return parts_.erase(demo);
}

void Demo::launch(int64_t since_ms, bool filled) {
    auto run = std::make_shared<Run>(since_ms);
    run->filled = filled;
    run->thread = std::thread([this, run] { feed(*run); });
    const std::lock_guard lock(mutex_);
    run_ = std::move(run);
}

std::shared_ptr<Demo::Run> Demo::halt() {
    std::shared_ptr<Run> run;
    {
        const std::lock_guard lock(mutex_);
        run = std::move(run_);
        run_ = nullptr;
        if (run == nullptr) return nullptr;
        run->stopping = true;
    }
    run->wake.notify_all();
    run->thread.join();
    return run;
}

bool Demo::wait(Run& run, int64_t ms) {
    std::unique_lock lock(mutex_);
    run.wake.wait_for(lock, std::chrono::milliseconds(ms), [&] { return run.stopping; });
    return !run.stopping;
}

void Demo::feed(Run& run) {
    if (!run.filled) {
        if (!fill_history(run)) return;
        run.filled = true;
    }
    int64_t next_ms = step_at(parts_.clock.now_ms());
    LogLimiter limiter;
    while (wait(run, std::clamp<int64_t>(next_ms - parts_.clock.now_ms(), 0, Fleet::STEP_MS))) {
        const int64_t now_ms = parts_.clock.now_ms();
        if (now_ms < next_ms) continue;
        if (auto written = write(run.fleet, next_ms, next_ms + 1, Metadata::no); !written.ok()) {
            uint64_t held_back = 0;
            if (limiter.allow(&held_back))
                log_warn("app", "demo samples not taken", {{"error", written.error().message}});
        }
        // after a pause of the machine the missed steps are left out, as a real fleet's would be
        next_ms = std::max(next_ms + Fleet::STEP_MS, step_at(now_ms));
    }
}

bool Demo::fill_history(Run& run) {
    const int64_t span_ms = FILL_STEPS * Fleet::STEP_MS;
    // up to now, should the start have been interrupted
    for (int64_t from_ms = step_at(run.since_ms - Fleet::HISTORY_MS); from_ms < parts_.clock.now_ms();
         from_ms += span_ms) {
        while (true) {
            if (!wait(run, 0)) return false;
            auto written =
                write(run.fleet, from_ms, std::min(from_ms + span_ms, parts_.clock.now_ms() + 1), Metadata::no);
            if (written.ok()) break;
            const bool may_pass = written.error().code == Code::exhausted || written.error().code == Code::unavailable;
            log_warn("app", may_pass ? "the demo waits" : "the demo's history is incomplete",
                     {{"error", written.error().message}});
            if (!may_pass) break;
            if (!wait(run, RETRY_MS)) return false;
        }
    }
    auto noted =
        parts_.changes.make(catalog::Setting{.name = SETTING, .json = setting_json(run.since_ms, true)}, "demo");
    if (!noted.ok())
        log_warn("app", "the demo will fill its history again after a restart", {{"error", noted.error().message}});
    log_info("app", "the demo's history is written",
             {{"series", run.fleet.series().size()}, {"ms", Fleet::HISTORY_MS}});
    return true;
}

Status Demo::write(const Fleet& fleet, int64_t from_ms, int64_t to_ms, Metadata metadata) {
    ingest::WireBatch batch;
    batch.decoder = &ingest::canonical_label_decoder();
    for (const Fleet::Series& series : fleet.series()) {
        bool added = false;
        for (int64_t time_ms = step_at(from_ms); time_ms < to_ms; time_ms += Fleet::STEP_MS) {
            const auto value = fleet.value(series, time_ms);
            if (!value) break;
            if (!added) batch.add_series(series.labels.bytes());
            added = true;
            batch.add_sample(time_ms, *value);
        }
    }
    if (metadata == Metadata::yes) batch.metadata = fleet.metadata();
    const auto outcome = TRY(parts_.write(batch));
    if (outcome.rejected_samples == 0) return {};
    return make_error(Code::exhausted, "{} of {} samples refused: {}", outcome.rejected_samples, batch.samples.size(),
                      outcome.first_message);
}

}  // namespace belfry::app
