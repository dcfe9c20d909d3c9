#include "ingest/metric/writer.h"

#include "base/bytes.h"
#include "base/utf8.h"
#include "codec/metric_record.h"
#include "ingest/metric/dictionary_tables.h"
#include "ingest/metric/label_check.h"
#include "ingest/metric/sample_check.h"
#include "ingest/metric/stats.h"

namespace belfry::ingest {

namespace {

using Tables = Dictionary::Tables;

constexpr int64_t DAY_MS = 86'400'000;
constexpr int64_t MINUTE_MS = 60'000;
constexpr uint32_t NONE = FlatTable::NONE;
constexpr size_t RECORD_SAMPLES = 100'000;    // a larger batch becomes several records: bounds memory and commit time
constexpr size_t PREFETCH_ROWS = 8;           // table slots asked for this far ahead when prediction fails
constexpr size_t METADATA_NAMES_MAX = 200'000;
constexpr size_t HELP_BYTES_MAX = 1'024;      // longer help texts are cut
constexpr int ATTEMPTS = 3;                   // after records that ours builds on were lost

int32_t day_of(int64_t now_ms) {
    return static_cast<int32_t>(now_ms >= 0 ? now_ms / DAY_MS : (now_ms - DAY_MS + 1) / DAY_MS);
}

class CanonicalDecoder final : public LabelDecoder {
  public:
    uint32_t protocol_id() const override { return 0; }
    Status decode(std::string_view wire, std::vector<model::Label>& labels, std::vector<std::string>&) const override {
        ByteReader in(wire);
        while (!in.done()) {
            model::Label label;
            if (!in.sized(&label.name) || !in.sized(&label.value)) return make_error(Code::invalid, "labels are cut");
            labels.push_back(label);
        }
        return {};
    }
};

/// Distinct times of a batch: nearly always one or a few.
class TimeColumn {
  public:
    explicit TimeColumn(std::vector<int64_t>& times) : times_(times) {}
    uint32_t place(int64_t time_ms) {
        if (!times_.empty() && times_[last_] == time_ms) return last_;
        const size_t recent = times_.size() > SCANNED ? times_.size() - SCANNED : 0;
        for (size_t i = times_.size(); i > recent; --i)
            if (times_[i - 1] == time_ms) return last_ = static_cast<uint32_t>(i - 1);
        if (recent > 0) {
            for (; indexed_ < times_.size(); ++indexed_) index_.emplace(times_[indexed_], static_cast<uint32_t>(indexed_));
            if (const auto at = index_.find(time_ms); at != index_.end()) return last_ = at->second;
        }
        times_.push_back(time_ms);
        return last_ = static_cast<uint32_t>(times_.size() - 1);
    }

  private:
    static constexpr size_t SCANNED = 8;
    std::vector<int64_t>& times_;
    uint32_t last_ = 0;
    size_t indexed_ = 0;
    std::unordered_map<int64_t, uint32_t> index_;
};

}  // namespace

const LabelDecoder& canonical_label_decoder() {
    static const CanonicalDecoder decoder;
    return decoder;
}

std::string_view to_string(Refusal reason) {
    static constexpr std::string_view NAMES[REFUSAL_COUNT] = {"invalid_labels", "duplicate_label", "too_large",
                                                              "too_old", "too_far_ahead", "series_limit", "invalid_histogram"};
    return NAMES[static_cast<size_t>(reason)];
}

/// Memory of one thread's writes, kept between them.
struct MetricWriter::Scratch {
    struct Row {
        Hash128 key;
        uint32_t alias = NONE;
        uint32_t series = NONE;  // NONE: not known, or to be logged again
        model::HeadId id = 0;
        bool wanted = false;  // has samples or exemplars inside the time limits
        bool refused = false;
    };
    struct Fresh {  // a row whose labels had to be decoded
        uint32_t row = 0;
        std::string canonical;
        Hash128 hash;
    };
    std::vector<Row> rows;
    std::vector<Fresh> fresh;
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    std::vector<uint32_t> logged;  // series that this record logs
    std::vector<std::optional<int32_t>> logged_before;  // the day each was logged last
    std::vector<bool> bad;         // sample - first_sample: its histogram was refused; empty when none was
    std::vector<uint32_t> exemplars;  // places in the batch's, of this record's rows, that were not refused
    int32_t day = 0;
    int64_t ms_of_day = 0;
    int64_t oldest_ms = 0;
    int64_t newest_ms = 0;
    uint64_t epoch = 0;
    uint64_t generation = 0;
    size_t first_row = 0;
    size_t last_row = 0;  // half-open
    size_t first_sample = 0;

    [[nodiscard]] bool takes(const WireBatch& batch, size_t sample) const {
        const int64_t time_ms = batch.samples[sample].time_ms;
        return time_ms >= oldest_ms && time_ms < newest_ms && (bad.empty() || !bad[sample - first_sample]);
    }
};

MetricWriter::MetricWriter(Clock& clock, queue::Queue& queue, Dictionary& dictionary, MetricConfig config)
    : clock_(clock), queue_(queue), dictionary_(dictionary), config_(config) {}

namespace {

using Scratch = MetricWriter::Scratch;

void refuse(WriteOutcome& outcome, Refusal reason, uint64_t samples, const auto& message, const auto& series) {
    outcome.rejected[static_cast<size_t>(reason)] += samples;
    outcome.rejected_samples += samples;
    if (outcome.first_reason) return;
    outcome.first_reason = reason;
    outcome.first_message = message();
    outcome.first_series = series();
}

/// For messages and the status page.
std::string show_series(const WireBatch& batch, std::string_view wire) {
    constexpr size_t SHOWN_BYTES = 300;
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    if (!batch.decoder->decode(wire, labels, arena).ok()) return "(labels that cannot be decoded)";
    std::string text = model::Labels::from(std::move(labels)).to_string();
    if (text.size() > SHOWN_BYTES) {
        text.resize(SHOWN_BYTES);
        text.append("...");
    }
    text.resize(utf8_prefix(text));
    return text;
}

size_t samples_begin(const WireBatch& batch, size_t row) { return row == 0 ? 0 : batch.series[row - 1].samples_end; }

/// Marks the samples of the record whose histogram is refused. Before hash_rows.
void check_histograms(const WireBatch& batch, const MetricConfig& config, Scratch& s, WriteOutcome& outcome) {
    s.bad.clear();
    if (batch.histogram_rows.empty() || s.last_row == 0) return;
    const size_t end = batch.series[s.last_row - 1].samples_end;
    const auto first = std::lower_bound(batch.histogram_rows.begin(), batch.histogram_rows.end(), s.first_sample);
    for (auto at = first; at != batch.histogram_rows.end() && *at < end; ++at) {
        const auto place = static_cast<size_t>(at - batch.histogram_rows.begin());
        const auto refusal = check_histogram(*batch.histograms[place], batch.histogram_counts[place] == WireBatch::Counts::integer, config);
        if (!refusal) continue;
        s.bad.resize(end - s.first_sample);
        s.bad[*at - s.first_sample] = true;
        const auto series = std::upper_bound(batch.series.begin(), batch.series.end(), *at,
                                             [](uint32_t sample, const WireBatch::Series& r) { return sample < r.samples_end; });
        refuse(outcome, refusal->reason, 1, [&] { return refusal->message; }, [&] { return show_series(batch, series->wire); });
    }
}

void refuse_exemplar(const WireBatch& batch, uint32_t series, WriteOutcome& outcome, const std::string& message) {
    if (outcome.rejected_exemplars++ == 0)
        outcome.first_exemplar_message = fmt::format("{}: {}", show_series(batch, batch.series[series].wire), message);
}

/// Lists the exemplars of the record's rows that may be stored. Before hash_rows.
void check_exemplars(const WireBatch& batch, Scratch& s, WriteOutcome& outcome) {
    s.exemplars.clear();
    const auto first = std::lower_bound(batch.exemplar_rows.begin(), batch.exemplar_rows.end(), s.first_row);
    for (auto at = first; at != batch.exemplar_rows.end() && *at < s.last_row; ++at) {
        const auto place = static_cast<uint32_t>(at - batch.exemplar_rows.begin());
        const model::Exemplar& exemplar = batch.exemplars[place];
        std::string wrong;
        if (exemplar.time_ms < s.oldest_ms) wrong = fmt::format("exemplar at {} is older than the retention", exemplar.time_ms);
        else if (exemplar.time_ms >= s.newest_ms)
            wrong = fmt::format("exemplar at {} is too far ahead of the clock: limit {} (metric.future_ms_max)", exemplar.time_ms, s.newest_ms);
        else wrong = check_exemplar(exemplar);
        if (wrong.empty()) s.exemplars.push_back(place);
        else refuse_exemplar(batch, *at, outcome, wrong);
    }
}

/// Hashes the rows and marks those with a sample inside the time limits.
void hash_rows(const WireBatch& batch, const uint64_t seeds[2], Scratch& s, WriteOutcome& outcome) {
    const uint64_t context = hash64(batch.tenant, batch.decoder->protocol_id());
    s.rows.assign(s.last_row - s.first_row, {});
    for (const uint32_t place : s.exemplars) s.rows[batch.exemplar_rows[place] - s.first_row].wanted = true;
    for (size_t i = s.first_row; i < s.last_row; ++i) {
        const WireBatch::Series& series = batch.series[i];
        Scratch::Row& row = s.rows[i - s.first_row];
        for (size_t k = samples_begin(batch, i); k < series.samples_end; ++k) {
            if (s.takes(batch, k)) {
                row.wanted = true;
                continue;
            }
            if (!s.bad.empty() && s.bad[k - s.first_sample]) continue;
            const int64_t time_ms = batch.samples[k].time_ms;
            const bool old = time_ms < s.oldest_ms;
            refuse(outcome, old ? Refusal::too_old : Refusal::too_far_ahead, 1,
                   [&] {
                       return old ? fmt::format("sample at {} is older than the retention, which begins at {}", time_ms, s.oldest_ms)
                                  : fmt::format("sample at {} is too far ahead of the clock: limit {} (metric.future_ms_max)", time_ms, s.newest_ms);
                   },
                   [&] { return show_series(batch, series.wire); });
        }
        if (row.wanted) row.key = {hash64(series.wire, seeds[0] ^ context), hash64(series.wire, seeds[1] ^ context)};
    }
}

/// Finds series under a shared lock. True when all wanted rows are known and logged.
bool find_rows(Tables& t, Scratch& s) {
    s.generation = t.generation;
    uint64_t predicted = 0;
    uint64_t hashed = 0;
    uint32_t before = NONE;
    bool complete = true;
    bool missed = false;
    const size_t count = s.rows.size();
    for (size_t i = 0; i < count; ++i) {
        Scratch::Row& row = s.rows[i];
        if (!row.wanted || row.refused) continue;
        if (missed && i + PREFETCH_ROWS < count) t.by_key.prefetch(s.rows[i + PREFETCH_ROWS].key.low);
        uint32_t alias = NONE;
        uint32_t guess = NONE;
        if (before != NONE) guess = std::atomic_ref(t.aliases[before].next).load(std::memory_order_relaxed);
        missed = guess >= t.aliases.size() || !(t.aliases[guess].key == row.key);
        if (!missed) {
            alias = guess;
            ++predicted;
        } else {
            alias = t.find_alias(row.key);
            ++hashed;
            if (alias != NONE && before != NONE)
                std::atomic_ref(t.aliases[before].next).store(alias, std::memory_order_relaxed);
        }
        row.alias = alias;
        row.series = NONE;
        if (alias == NONE) {
            complete = false;
            continue;
        }
        before = alias;
        const Tables::Series& series = t.series[t.aliases[alias].series];
        if (!is_logged(series.logged_day, series.id, s.day, s.ms_of_day)) {
            complete = false;
            continue;
        }
        row.series = t.aliases[alias].series;
        row.id = series.id;
    }
    predicted_lookups.add(predicted);
    hashed_lookups.add(hashed);
    return complete;
}

/// Labels of the rows that are not known: decoded and checked without any lock.
void decode_rows(const WireBatch& batch, const MetricConfig& config, Scratch& s, WriteOutcome& outcome) {
    s.fresh.clear();
    for (size_t i = 0; i < s.rows.size(); ++i) {
        Scratch::Row& row = s.rows[i];
        if (!row.wanted || row.refused || row.series != NONE) continue;
        const WireBatch::Series& series = batch.series[s.first_row + i];
        s.labels.clear();
        s.arena.clear();
        Scratch::Fresh fresh;
        fresh.row = static_cast<uint32_t>(i);
        std::optional<LabelRefusal> refusal;
        const Status decoded = batch.decoder->decode(series.wire, s.labels, s.arena);
        if (!decoded.ok()) refusal = LabelRefusal{Refusal::invalid_labels, decoded.error().message};
        else refusal = canonical_labels(s.labels, batch.tenant, config, fresh.canonical);
        if (refusal) {
            row.refused = true;
            uint64_t samples = 0;
            for (size_t k = samples_begin(batch, s.first_row + i); k < series.samples_end; ++k)
                samples += s.takes(batch, k);
            refuse(outcome, refusal->reason, samples, [&] { return refusal->message; }, [&] { return show_series(batch, series.wire); });
            continue;
        }
        fresh.hash = hash128(fresh.canonical);
        s.fresh.push_back(std::move(fresh));
    }
    decoded_lookups.add(s.fresh.size());
}

/// Why a new series may not come: a sentence, the key of the limit and the label, if it is one.
struct OverLimit {
    std::string message;
    std::string_view key;
    std::string_view label;
};

std::optional<OverLimit> over_limit(const Tables& t, const SeriesLimits& limits, model::LabelsView labels, uint32_t metric, uint32_t tenant) {
    if (t.series.size() >= limits.max_series)
        return OverLimit{fmt::format("{} series, the limit (metric.max_series)", limits.max_series), "metric.max_series", {}};
    if (limits.max_series_per_tenant != 0 && tenant != NONE && t.tenants[tenant].series >= limits.max_series_per_tenant)
        return OverLimit{fmt::format("tenant has {} series, the limit (metric.max_series_per_tenant)", limits.max_series_per_tenant), "metric.max_series_per_tenant", {}};
    if (limits.max_series_per_metric != 0 && metric != NONE && t.metrics[metric].series >= limits.max_series_per_metric)
        return OverLimit{fmt::format("metric {} has {} series, the limit (metric.max_series_per_metric)", t.metrics[metric].name, limits.max_series_per_metric), "metric.max_series_per_metric", {}};
    if (const std::string_view label = t.cardinality.over_limit(labels.tenant(), labels); !label.empty())
        return OverLimit{fmt::format("label {} has {} values, the limit (metric.max_values_per_label)", label, limits.max_values_per_label), "metric.max_values_per_label", label};
    return std::nullopt;
}

/// Under the exclusive lock: gives every fresh row its series, new where need be, and lists what must be logged.
void add_rows(Tables& t, const SeriesLimits& limits, const WireBatch& batch, Scratch& s, std::string_view receiver, model::MetricBatch& record, WriteOutcome& outcome) {
    const int64_t now_ms = static_cast<int64_t>(s.day) * DAY_MS + s.ms_of_day;
    s.logged.clear();
    s.logged_before.clear();
    record.series_day = s.day;
    for (const Scratch::Fresh& fresh : s.fresh) {
        Scratch::Row& row = s.rows[fresh.row];
        row.alias = t.find_alias(row.key);  // another thread may have been faster
        uint32_t place = row.alias != NONE ? t.aliases[row.alias].series : t.find_series(fresh.hash);
        if (place == NONE) {
            const model::LabelsView labels(fresh.canonical);
            const uint32_t known = t.find_metric(labels);
            if (const auto over = over_limit(t, limits, labels, known, t.find_tenant(labels.tenant()))) {
                row.refused = true;
                t.cardinality.refused(labels.tenant(), labels, over->label, over->key, receiver, now_ms);
                if (known != NONE) {
                    t.metrics[known].refused.add(now_ms / MINUTE_MS);
                    ++t.metrics[known].refused_total;
                }
                const size_t i = s.first_row + fresh.row;
                uint64_t samples = 0;
                for (size_t k = samples_begin(batch, i); k < batch.series[i].samples_end; ++k)
                    samples += s.takes(batch, k);
                refuse(outcome, Refusal::series_limit, samples, [&] { return over->message; },
                       [&] { return show_series(batch, batch.series[i].wire); });
                continue;
            }
            const uint32_t metric = known != NONE ? known : t.metric_place(labels);
            place = t.add_series(fresh.hash, metric, t.next_id);
            ++outcome.new_series;
            MinuteRing& created = t.metrics[metric].created;
            created.add(now_ms / MINUTE_MS);
            const uint32_t lately = created.at(now_ms / MINUTE_MS).back();
            t.cardinality.created(labels.tenant(), labels, receiver, now_ms, (lately & (lately - 1)) == 0);  // one of two, four, eight ... is kept as an example
        }
        if (row.alias == NONE) row.alias = t.add_alias(row.key, place);
        Tables::Series& series = t.series[place];
        if (!is_logged(series.logged_day, series.id, s.day, s.ms_of_day)) {
            const model::LabelsView labels(fresh.canonical);
            s.logged_before.push_back(series.logged_day == Tables::NEVER ? std::nullopt : std::optional(series.logged_day));
            t.cardinality.count(labels.tenant(), labels, s.day, s.logged_before.back(), now_ms);
            series.logged_day = s.day;
            s.logged.push_back(place);
            record.add_series(series.id, fresh.canonical);
        }
        row.series = place;
        row.id = series.id;
    }
    uint32_t before = NONE;  // so that the next batch of this shape is predicted
    for (const Scratch::Row& row : s.rows) {
        if (row.alias == NONE || row.refused) continue;
        if (before != NONE) std::atomic_ref(t.aliases[before].next).store(row.alias, std::memory_order_relaxed);
        before = row.alias;
    }
    series_now.set(static_cast<double>(t.series.size()));
    dictionary_bytes.set(static_cast<double>(t.memory_bytes()));
}

/// Walks a sparse column beside the samples, which are asked for in ascending order.
class SparseWalk {
  public:
    explicit SparseWalk(const std::vector<uint32_t>& rows, size_t first)
        : rows_(rows), at_(static_cast<size_t>(std::lower_bound(rows.begin(), rows.end(), first) - rows.begin())) {}
    /// Has `row` an entry? Then `at()` is its place.
    [[nodiscard]] bool is_at(size_t row) {
        while (at_ < rows_.size() && rows_[at_] < row) ++at_;
        return at_ < rows_.size() && rows_[at_] == row;
    }
    [[nodiscard]] size_t at() const { return at_; }

  private:
    const std::vector<uint32_t>& rows_;
    size_t at_;
};

/// The record's columns; counts what is accepted.
void fill_samples(const WireBatch& batch, const Scratch& s, model::MetricBatch& record, WriteOutcome& outcome) {
    size_t begin = s.first_sample;
    const size_t upper = s.last_row == 0 ? 0 : batch.series[s.last_row - 1].samples_end - begin;
    record.ids.reserve(upper);
    record.time_index.reserve(upper);
    record.values.reserve(upper);
    TimeColumn times(record.times_ms);
    SparseWalk histograms(batch.histogram_rows, begin);
    SparseWalk starts(batch.start_rows, begin);
    for (size_t i = 0; i < s.rows.size(); ++i) {
        const size_t end = batch.series[s.first_row + i].samples_end;
        const Scratch::Row& row = s.rows[i];
        if (row.wanted && !row.refused) {
            for (size_t k = begin; k < end; ++k) {
                const model::Sample& sample = batch.samples[k];
                if (!s.takes(batch, k)) continue;
                if (histograms.is_at(k)) {
                    ++outcome.accepted_histograms;
                    // A stale histogram says no more than a stale marker, and is one from here on.
                    if (!model::is_stale(sample.value)) {
                        record.histogram_rows.push_back(static_cast<uint32_t>(record.ids.size()));
                        record.histograms.push_back(batch.histograms[histograms.at()]);
                    }
                }
                if (starts.is_at(k)) {
                    record.start_rows.push_back(static_cast<uint32_t>(record.ids.size()));
                    record.start_times_ms.push_back(batch.start_times_ms[starts.at()]);
                }
                record.ids.push_back(row.id);
                record.time_index.push_back(times.place(sample.time_ms));
                record.values.push_back(sample.value);
            }
        }
        begin = end;
    }
    outcome.accepted_samples += record.ids.size();
    for (const uint32_t place : s.exemplars) {
        const uint32_t series = batch.exemplar_rows[place];
        const Scratch::Row& row = s.rows[series - s.first_row];
        if (row.refused) {
            refuse_exemplar(batch, series, outcome, "the exemplar's series is refused");
            continue;
        }
        record.exemplars.push_back({row.id, batch.exemplars[place]});
        ++outcome.accepted_exemplars;
    }
}

/// Under the exclusive lock: metadata that was not logged today.
void add_metadata(Tables& t, const WireBatch& batch, int32_t day, model::MetricBatch& record) {
    for (const model::MetricMetadata& m : batch.metadata) {
        if (m.name.empty() || !is_utf8(m.name) || !is_utf8(m.unit)) continue;
        const uint64_t key = hash64(m.name, hash64(batch.tenant));
        const uint64_t content = hash64(m.help, hash64(m.unit, static_cast<uint64_t>(m.type)));
        auto at = t.metadata.find(key);
        if (at == t.metadata.end()) {
            if (t.metadata.size() >= METADATA_NAMES_MAX) continue;
            at = t.metadata.emplace(key, Tables::Logged{}).first;
        }
        if (at->second.content == content && at->second.day >= day) continue;
        at->second = {content, day};
        record.metadata.push_back({std::string(batch.tenant), m.name, m.type, m.unit, m.help.substr(0, HELP_BYTES_MAX)});
        std::string& help = record.metadata.back().help;
        help.resize(utf8_prefix(help));
    }
}

}  // namespace

/// Resolves rows [first_row, last_row), appends their record. Nothing is appended when all rows are refused.
Result<queue::Ticket> MetricWriter::append_rows(const WireBatch& batch, Scratch& s, bool with_metadata, WriteOutcome& outcome,
                                                Unconfirmed& unconfirmed, std::string_view receiver) {
    Tables& t = *dictionary_.tables_;
    auto record = std::make_shared<model::MetricBatch>();
    queue::Append append;
    append.topic = static_cast<uint32_t>(queue::Topic::metrics);
    const auto send = [&]() -> Result<queue::Ticket> {
        if (record->ids.empty() && record->series.empty() && record->metadata.empty() && record->exemplars.empty()) return queue::Ticket();
        codec::encode_metric_record(*record, append.payload);
        append.payload.shrink_to_fit();
        append.decoded = record;
        append.decoded_bytes = record->memory_bytes();
        append.expected_epoch = s.epoch;
        return queue_.append(std::move(append));
    };
    const WriteOutcome before = outcome;
    for (int attempt = 0; attempt < ATTEMPTS; ++attempt) {
        outcome = before;
        record->clear();
        append.payload.clear();
        s.epoch = queue_.epoch();
        const int64_t now_ms = clock_.now_ms();
        s.day = day_of(now_ms);
        s.ms_of_day = now_ms - static_cast<int64_t>(s.day) * DAY_MS;
        s.oldest_ms = now_ms - config_.retention_ms;
        s.newest_ms = now_ms + config_.future_ms_max;
        check_histograms(batch, config_, s, outcome);
        check_exemplars(batch, s, outcome);
        hash_rows(batch, t.seeds, s, outcome);
        bool complete = false;
        bool tidy = false;
        {
            const std::shared_lock lock(dictionary_.mutex_);
            tidy = t.epoch != s.epoch || t.swept_day < s.day;
            complete = !tidy && find_rows(t, s);
        }
        if (tidy) {
            const std::unique_lock lock(dictionary_.mutex_);
            t.reconcile(s.epoch);
            if (t.swept_day < s.day) t.sweep(s.day);
            complete = find_rows(t, s);
        }
        if (complete && !with_metadata) {
            fill_samples(batch, s, *record, outcome);
            auto ticket = send();
            if (ticket.ok() || ticket.error().code != Code::unavailable || queue_.epoch() == s.epoch) return ticket;
            continue;  // records were lost in between: ours may refer to series that were in them
        }
        decode_rows(batch, config_, s, outcome);
        const std::unique_lock lock(dictionary_.mutex_);
        // Series enter the log in the order of this lock: a record that refers to one is appended after the one that logs it.
        if (t.generation != s.generation || t.epoch != s.epoch) continue;
        add_rows(t, dictionary_.limits_, batch, s, receiver, *record, outcome);
        if (with_metadata) add_metadata(t, batch, s.day, *record);
        fill_samples(batch, s, *record, outcome);
        auto ticket = send();
        if (!ticket.ok()) {
            for (size_t i = 0; i < s.logged.size(); ++i) {
                const model::LabelsView labels = record->labels(record->series[i]);
                t.cardinality.uncount(labels.tenant(), labels, s.day, s.logged_before[i]);
                t.series[s.logged[i]].logged_day = Tables::NEVER;
            }
            if (!record->metadata.empty()) t.metadata.clear();
            if (ticket.error().code != Code::unavailable || queue_.epoch() == s.epoch) return ticket;
            continue;
        }
        outcome.accepted_metadata += record->metadata.size();
        if (!s.logged.empty()) unconfirmed.push_back(t.unconfirmed.insert(t.unconfirmed.end(), s.logged));
        series_logged.add(s.logged.size());
        series_created.add(outcome.new_series - before.new_series);
        return ticket;
    }
    return make_error(Code::unavailable, "the log lost records again and again: send later");
}

Result<WriteOutcome> MetricWriter::write(const WireBatch& batch, std::string_view receiver) {
    INVARIANT(batch.decoder != nullptr, "a protocol names its decoder");
    static thread_local Scratch scratch;
    WriteOutcome outcome;
    std::vector<queue::Ticket> tickets;
    Unconfirmed unconfirmed;
    std::optional<Error> failure;
    bool with_metadata = !batch.metadata.empty();
    size_t row = 0;
    do {
        scratch.first_row = row;
        scratch.first_sample = samples_begin(batch, row);
        while (row < batch.series.size() && (row == scratch.first_row || batch.series[row].samples_end - scratch.first_sample <= RECORD_SAMPLES)) ++row;
        scratch.last_row = row;
        auto ticket = append_rows(batch, scratch, with_metadata, outcome, unconfirmed, receiver);
        with_metadata = false;
        if (!ticket.ok()) {
            failure = std::move(ticket).error();
            break;
        }
        tickets.push_back(std::move(ticket).value());
    } while (row < batch.series.size());
    for (const queue::Ticket& ticket : tickets) {
        if (ticket.empty()) continue;
        const auto offset = ticket.wait();
        if (offset.ok()) outcome.offset = *offset;
        else if (!failure) failure = offset.error();
    }
    if (!unconfirmed.empty()) {
        const std::unique_lock lock(dictionary_.mutex_);
        for (const auto& at : unconfirmed) {
            // A record that was lost: should no epoch have told it yet, its series are to be logged again.
            if (failure)
                for (const uint32_t place : *at) dictionary_.tables_->series[place].logged_day = Tables::NEVER;
            dictionary_.tables_->unconfirmed.erase(at);
        }
    }
    if (failure) return *failure;
    histograms_accepted.add(outcome.accepted_histograms);
    exemplars_accepted.add(outcome.accepted_exemplars);
    exemplars_refused.add(outcome.rejected_exemplars);
    samples_accepted.add(outcome.accepted_samples);
    for (size_t i = 0; i < REFUSAL_COUNT; ++i)
        if (outcome.rejected[i] > 0) samples_refused.at({std::string(to_string(static_cast<Refusal>(i)))}).add(outcome.rejected[i]);
    return outcome;
}

}  // namespace belfry::ingest
