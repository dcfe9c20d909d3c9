#include "catalog/alarm_store.h"

#include "base/json.h"
#include "base/log.h"
#include "catalog/alarm_merge.h"
#include "catalog/alarm_rows.h"
#include "catalog/alarm_stats.h"
#include "codec/alarm_record.h"

#include <unordered_map>

namespace belfry::catalog {
namespace {

constexpr size_t STATES = 3;
constexpr size_t SEVERITIES = 4;
constexpr int TRIM_ROWS = 10'000;          // a transaction: applying waits no longer than for these
constexpr size_t HISTORY_PAGE_ROWS = 500;  // read at once

using model::Alarm;
using model::AlarmEvent;
using AlarmPtr = std::shared_ptr<const Alarm>;

struct Held {
    int64_t slot = 0;
    AlarmPtr alarm;
};

/// An alarm while a batch is applied.
struct Pending {
    int64_t slot = 0;
    std::shared_ptr<Alarm> alarm;  // null: deleted
    bool stored = false;           // has a row already
    bool unsorted = false;         // `alarm->metrics`
    std::string json;              // of `alarm`; "" when it has changed since
};

}  // namespace

Gauge& alarm_gauge(size_t state, size_t severity) {
    static std::array<std::unique_ptr<Gauge>, STATES* SEVERITIES> gauges = [] {
        std::array<std::unique_ptr<Gauge>, STATES * SEVERITIES> made;
        for (size_t i = 0; i < made.size(); ++i)
            made[i] = std::make_unique<Gauge>(
                "belfry_alarms", "Alarms of all tenants by state and severity.",
                CounterLabels{{"state", std::string(to_string(static_cast<model::AlarmState>(i / SEVERITIES)))},
                              {"severity", std::string(to_string(static_cast<model::Severity>(i % SEVERITIES)))}});
        return made;
    }();
    return *gauges[state * SEVERITIES + severity];
}

struct AlarmStore::Impl {
    Impl(Database w, Database r, AlarmRows rows_, const AlarmStoreConfig& c, Clock& k)
        : config(c), clock(k), writer(std::move(w)), reader(std::move(r)), rows(std::move(rows_)) {}

    const AlarmStoreConfig config;
    Clock& clock;  // outlives this

    std::mutex writer_mutex;  // guards writer, rows, next_slot, next_number and `pending`
    Database writer;
    std::mutex reader_mutex;  // guards reader; a second connection, so that history is read while a storm is applied
    Database reader;
    AlarmRows rows;
    int64_t next_slot = 1;
    int64_t next_number = 1;
    std::unordered_map<std::string, Pending> pending;  // of the running batch
    struct Watch {
        std::array<int64_t, STATES> counts{};
        std::optional<model::AlarmState> worst;
    };
    std::unordered_map<std::string, Watch> watches;  // by tenant, with what is pending

    mutable std::mutex mutex;  // guards what follows; the maps are changed by the applier only, which reads without it
    mutable std::condition_variable applied;
    std::map<std::string, Held, std::less<>> alarms;
    uint64_t applied_to = 0;
    uint64_t covered = 0;
    uint64_t version = 0;
    int64_t counts[STATES][SEVERITIES]{};

    void count(const Alarm& alarm, int64_t n) {
        counts[static_cast<size_t>(alarm.state)][static_cast<size_t>(alarm.severity)] += n;
    }
    void show_counts() const {
        for (size_t state = 0; state < STATES; ++state) {
            for (size_t severity = 0; severity < SEVERITIES; ++severity)
                alarm_gauge(state, severity).set(static_cast<double>(counts[state][severity]));
        }
    }

    Status load();
    Pending* find_pending(const AlarmEvent& event);
    Status take(const AlarmEvent& event, bool by_people);
    Status create(const AlarmEvent& event);
    Status add_history(const AlarmEvent& event, Pending& p);
    void count_watches();
    Status move_watch(const AlarmEvent& event,
                      std::optional<model::AlarmState> from,
                      std::optional<model::AlarmState> to,
                      const Alarm& alarm);
    static void settle(Pending& p);
    static const std::string& json_of(Pending& p);
    Status store_pending();
    void publish(uint64_t position, uint64_t new_covered);
};

Status AlarmStore::Impl::load() {
    applied_to = static_cast<uint64_t>(TRY(read_meta(writer, "applied_to")));
    covered = static_cast<uint64_t>(TRY(read_meta(writer, "covered")));
    next_number = std::max<int64_t>(1, TRY(read_meta(writer, "next_number")));
    version = applied_to;
    size_t damaged = 0;
    TRY(writer.query("SELECT slot, alarm FROM alarms ORDER BY slot", {}, [&](const Row& row) {
        const int64_t slot = row.integer(0);
        next_slot = std::max(next_slot, slot + 1);
        auto json = JsonView::parse(row.text(1));
        auto alarm = json.ok() ? codec::read_alarm(*json) : Result<Alarm>(json.error());
        if (!alarm.ok()) {
            ++damaged;
            return;
        }
        count(*alarm, 1);
        std::string id = alarm->id;
        alarms[std::move(id)] = {slot, std::make_shared<const Alarm>(std::move(*alarm))};
    }));
    if (damaged > 0) {
        alarm_rows_damaged.add(damaged);
        log_error("catalog", "alarms that cannot be read are passed over", {{"alarms", damaged}});
    }
    show_counts();
    count_watches();
    return {};
}

/// What the event is about, to be changed; null when there is no such alarm.
Pending* AlarmStore::Impl::find_pending(const AlarmEvent& event) {
    const std::string& id = event.alarm.id;
    auto found = pending.find(id);
    if (found == pending.end()) {
        const auto held = alarms.find(id);
        if (held == alarms.end()) return nullptr;
        found = pending
                    .emplace(id, Pending{.slot = held->second.slot,
                                         .alarm = std::make_shared<Alarm>(*held->second.alarm),
                                         .stored = true})
                    .first;
    }
    Pending& p = found->second;
    return p.alarm && p.alarm->tenant == event.alarm.tenant ? &p : nullptr;
}

void AlarmStore::Impl::settle(Pending& p) {
    if (!p.unsorted) return;
    auto& metrics = p.alarm->metrics;
    std::sort(metrics.begin(), metrics.end());
    metrics.erase(std::unique(metrics.begin(), metrics.end()), metrics.end());
    p.unsorted = false;
}

const std::string& AlarmStore::Impl::json_of(Pending& p) {
    if (p.json.empty()) {
        settle(p);
        JsonWriter json;
        codec::write_alarm(json, *p.alarm);
        p.json = json.take();
    }
    return p.json;
}

Status AlarmStore::Impl::create(const AlarmEvent& event) {
    const std::string& id = event.alarm.id;
    const auto held = alarms.find(id);
    const auto before = pending.find(id);
    const bool there = before != pending.end() ? before->second.alarm != nullptr : held != alarms.end();
    if (there) {  // an id is used once
        alarm_events_unknown.add();
        return {};
    }
    if (alarms.size() + pending.size() >= config.alarms_max) {
        // exactly, now that it matters: what is pending is mostly there already
        size_t now = alarms.size();
        for (const auto& [pending_id, p] : pending) {
            if (p.alarm && !p.stored) ++now;
            if (!p.alarm && p.stored) --now;
        }
        if (now >= config.alarms_max) {
            if (alarms_refused.value() == 0)
                log_error("catalog", "alarms.max is reached, no further alarms are made", {{"alarms", now}});
            alarms_refused.add();
            return {};
        }
    }
    Pending made{.slot = next_slot++, .alarm = std::make_shared<Alarm>(event.alarm), .unsorted = true};
    if (before != pending.end()) {  // deleted in this batch: it keeps its row
        made.slot = before->second.slot;
        made.stored = before->second.stored;
    }
    pending[id] = std::move(made);
    alarm_events_applied.add();
    return move_watch(event, std::nullopt, event.alarm.state, event.alarm);
}

Status AlarmStore::Impl::add_history(const AlarmEvent& event, Pending& p) {
    if (!is_history(event)) return {};
    JsonWriter json;
    codec::write_alarm_event(json, event, json_of(p));
    return rows.add_history(next_number++, event, *p.alarm, json.text());
}

/// From what is held, as it is.
void AlarmStore::Impl::count_watches() {
    watches.clear();
    for (const auto& [id, held] : alarms) {
        Watch& watch = watches[held.alarm->tenant];
        ++watch.counts[static_cast<size_t>(held.alarm->state)];
        if (!watch.worst || *watch.worst < held.alarm->state) watch.worst = held.alarm->state;
    }
}

Status AlarmStore::Impl::move_watch(const AlarmEvent& event,
                                    std::optional<model::AlarmState> from,
                                    std::optional<model::AlarmState> to,
                                    const Alarm& alarm) {
    Watch& watch = watches[alarm.tenant];
    if (from) --watch.counts[static_cast<size_t>(*from)];
    if (to) ++watch.counts[static_cast<size_t>(*to)];
    std::optional<model::AlarmState> worst;
    for (size_t state = 0; state < STATES; ++state)
        if (watch.counts[state] > 0) worst = static_cast<model::AlarmState>(state);
    if (worst == watch.worst) return {};
    watch.worst = worst;
    return rows.add_watch(alarm.tenant, {.at_ms = event.at_ms, .state = worst, .reason = alarm.name});
}

Status AlarmStore::Impl::take(const AlarmEvent& event, bool by_people) {
    if (event.kind == AlarmEvent::Kind::created) return create(event);
    Pending* p = find_pending(event);
    if (p == nullptr) {
        alarm_events_unknown.add();
        return {};
    }
    alarm_events_applied.add();
    switch (event.kind) {
        case AlarmEvent::Kind::created: break;
        case AlarmEvent::Kind::joined:
            p->alarm->metrics.insert(p->alarm->metrics.end(), event.alarm.metrics.begin(), event.alarm.metrics.end());
            p->unsorted = true;
            break;
        case AlarmEvent::Kind::transition:
        case AlarmEvent::Kind::changed: {
            const model::AlarmState before = p->alarm->state;
            merge_event(event, by_people, *p->alarm);
            if (p->alarm->state != before) TRY(move_watch(event, before, p->alarm->state, *p->alarm));
            break;
        }
        case AlarmEvent::Kind::deleted:
            TRY(add_history(event, *p));
            TRY(move_watch(event, p->alarm->state, std::nullopt, *p->alarm));
            p->alarm.reset();
            return {};
    }
    p->json.clear();
    return add_history(event, *p);
}

Status AlarmStore::Impl::store_pending() {
    std::vector<std::pair<int64_t, const std::string*>> in_order;  // of the file
    in_order.reserve(pending.size());
    for (const auto& [id, p] : pending)
        in_order.emplace_back(p.slot, &id);
    std::sort(in_order.begin(), in_order.end());
    for (const auto& [slot, id] : in_order) {
        Pending& p = pending.at(*id);
        if (p.alarm)
            TRY(rows.put(slot, *id, json_of(p)));
        else if (p.stored)
            TRY(rows.remove(slot));
    }
    return {};
}

void AlarmStore::Impl::publish(uint64_t position, uint64_t new_covered) {
    const std::lock_guard lock(mutex);
    for (auto& [id, p] : pending) {
        const auto held = alarms.find(id);
        if (held != alarms.end()) count(*held->second.alarm, -1);
        if (p.alarm) {
            count(*p.alarm, 1);
            if (held != alarms.end())
                held->second = {p.slot, std::move(p.alarm)};
            else
                alarms.emplace(id, Held{p.slot, std::move(p.alarm)});
        } else if (held != alarms.end()) {
            alarms.erase(held);
        }
    }
    if (!pending.empty()) version = position;
    applied_to = position;
    covered = new_covered;
    show_counts();
    applied.notify_all();
}

Status AlarmStore::apply(std::span<const AlarmRecord> records) {
    Impl& m = *impl_;
    const std::lock_guard lock(m.writer_mutex);
    const int64_t start_ns = m.clock.monotonic_ns();
    const uint64_t begin = m.applied_to;
    const int64_t slot_before = m.next_slot;
    const int64_t number_before = m.next_number;
    uint64_t position = begin;
    uint64_t covered = m.covered;
    m.pending.clear();
    auto work = [&]() -> Status {
        auto transaction = TRY(Transaction::begin(m.writer));
        for (const AlarmRecord& record : records) {
            if (record.offset < position) continue;
            position = record.offset + 1;
            covered = std::max(covered, record.batch->covered);
            const bool by_people = record.batch->origin == PEOPLE;
            for (const AlarmEvent& event : record.batch->events)
                TRY(m.take(event, by_people));
        }
        if (position == begin) return {};
        TRY(m.store_pending());
        TRY(m.rows.put_meta("applied_to", static_cast<int64_t>(position)));
        TRY(m.rows.put_meta("covered", static_cast<int64_t>(covered)));
        TRY(m.rows.put_meta("next_number", m.next_number));
        return transaction.commit();
    };
    Status done = work();
    if (done.ok() && position != begin) m.publish(position, covered);
    m.pending.clear();
    if (!done.ok()) {
        m.next_slot = slot_before;
        m.next_number = number_before;
        m.count_watches();
        return std::move(done).error().context("alarm store");
    }
    alarm_apply_time.observe_ns(m.clock.monotonic_ns() - start_ns);
    return {};
}

Result<std::unique_ptr<AlarmStore>> AlarmStore::open(const std::string& path,
                                                     const AlarmStoreConfig& config,
                                                     Clock& clock) {
    auto work = [&]() -> Result<std::unique_ptr<AlarmStore>> {
        Database writer = TRY(Database::open(path));
        TRY(prepare_alarm_tables(writer));
        Database reader = TRY(Database::open(path));
        AlarmRows rows = TRY(AlarmRows::prepare(writer));
        auto impl = std::make_unique<Impl>(std::move(writer), std::move(reader), std::move(rows), config, clock);
        TRY(impl->load());
        return std::unique_ptr<AlarmStore>(new AlarmStore(std::move(impl)));
    };
    return work().context("open {}", path);
}

AlarmStore::AlarmStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AlarmStore::~AlarmStore() = default;

uint64_t AlarmStore::applied_to() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->applied_to;
}

bool AlarmStore::wait_applied(uint64_t offset, int64_t timeout_ms) const {
    std::unique_lock lock(impl_->mutex);
    return impl_->applied.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                   [&] { return impl_->applied_to > offset; });
}

uint64_t AlarmStore::covered() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->covered;
}

void AlarmStore::limit_covered(uint64_t end) {
    const std::lock_guard writer(impl_->writer_mutex);
    const std::lock_guard lock(impl_->mutex);
    impl_->covered = std::min(impl_->covered, end);
}

AlarmPtr AlarmStore::find(std::string_view tenant, std::string_view id) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->alarms.find(id);
    if (found == impl_->alarms.end()) return nullptr;
    return tenant.empty() || found->second.alarm->tenant == tenant ? found->second.alarm : nullptr;
}

std::vector<AlarmPtr> AlarmStore::alarms(std::string_view tenant) const {
    std::vector<AlarmPtr> out;
    const std::lock_guard lock(impl_->mutex);
    out.reserve(impl_->alarms.size());
    for (const auto& [id, held] : impl_->alarms)
        if (tenant.empty() || held.alarm->tenant == tenant) out.push_back(held.alarm);
    return out;
}

size_t AlarmStore::alarm_count() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->alarms.size();
}

uint64_t AlarmStore::version() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->version;
}

Result<std::vector<HistoryEntry>> AlarmStore::history(const HistoryQuery& query) const {
    std::vector<HistoryEntry> out;
    HistoryQuery next = query;
    if (query.alarm_id.empty() && (query.from_ms > 0 || query.to_ms != INT64_MAX)) {
        // where in the order of the log that time lies: what is outside is not looked at
        const std::lock_guard lock(impl_->reader_mutex);
        const auto [first, last] = TRY(history_numbers(impl_->reader, query.from_ms, query.to_ms));
        if (first > last) return out;
        if (!query.newest_first)
            next.after_number = std::max(query.after_number, first - 1);
        else if (query.after_number == 0 || query.after_number > last)
            next.after_number = last + 1;
    }
    bool more = true;
    while (more && out.size() < query.limit) {
        const size_t page_rows =
            query.accept ? HISTORY_PAGE_ROWS : std::min(HISTORY_PAGE_ROWS, query.limit - out.size());
        HistoryPage page;
        {
            const std::lock_guard lock(impl_->reader_mutex);
            page = TRY(read_history_page(impl_->reader, next, page_rows));
        }
        for (HistoryEntry& entry : page.entries) {
            if (out.size() >= query.limit) break;
            if (!query.accept || query.accept(entry.event)) out.push_back(std::move(entry));
        }
        more = page.more;
        next.after_number = page.last;
    }
    return out;
}

Result<std::vector<WatchEntry>> AlarmStore::watch(std::string_view tenant,
                                                  int64_t from_ms,
                                                  int64_t to_ms,
                                                  size_t limit) const {
    const std::lock_guard lock(impl_->reader_mutex);
    return read_watch(impl_->reader, tenant, from_ms, to_ms, limit);
}

Status AlarmStore::trim() {
    {
        const std::lock_guard lock(impl_->writer_mutex);
        TRY(trim_watch(impl_->writer, impl_->clock.now_ms() - impl_->config.history_ms));
    }
    for (;;) {
        const std::lock_guard lock(impl_->writer_mutex);
        const int64_t keep = static_cast<int64_t>(impl_->config.history_entries_max);
        const int removed = TRY(trim_history(impl_->writer, impl_->clock.now_ms() - impl_->config.history_ms,
                                             impl_->next_number - keep, TRIM_ROWS));
        alarm_history_trimmed.add(static_cast<uint64_t>(removed));
        if (removed < TRIM_ROWS) return {};
    }
}

Status AlarmStore::copy_to(const std::string& path) {
    const std::lock_guard lock(impl_->reader_mutex);
    return impl_->reader.execute("VACUUM INTO ?", {path}).context("copy the alarms to {}", path);
}

}  // namespace belfry::catalog
