#include "ingest/statsd/map.h"

#include "base/hash.h"
#include "ingest/statsd/dimensions.h"
#include "ingest/statsd/stats.h"
#include "ingest/text_write.h"

namespace belfry::ingest::statsd {
namespace {

std::string_view type_name(Kind kind) {
    switch (kind) {
        case Kind::counter: return "counter";
        case Kind::gauge: return "gauge";
        case Kind::distribution: return "timer or histogram";
        case Kind::set: return "set";
        case Kind::interval_sum: return "counter of Monasca";
        case Kind::last_value: return "gauge or timer of Monasca";
        case Kind::rate: return "rate";
    }
    return "";
}

model::MetricType metric_type(Kind kind) {
    switch (kind) {
        case Kind::counter: return model::MetricType::counter;
        case Kind::distribution: return model::MetricType::histogram;
        case Kind::gauge:
        case Kind::set:
        case Kind::interval_sum:
        case Kind::last_value:
        case Kind::rate: return model::MetricType::gauge;
    }
    return model::MetricType::unknown;
}

}  // namespace

std::optional<Problem> Aggregator::add(const Line& line, int64_t now_ms, uint64_t& values) {
    if (line.kind != Kind::set) {
        if (auto problem = read_values(line)) return problem;
        values = values_.size();
    } else {
        values = 1;
    }
    if (line.kind == Kind::gauge && line.time_ms) return add_timed(line);
    Key* key = nullptr;
    if (auto problem = find_key(line, now_ms, key)) return problem;
    if (line.kind == Kind::set) {
        if (auto problem = add_member(line, *key)) return problem;
    } else {
        apply(line, now_ms, *key);
    }
    key->updated_ms = now_ms;
    key->has_news = true;
    return std::nullopt;
}

std::optional<Problem> Aggregator::read_values(const Line& line) {
    values_.clear();
    for (std::string_view rest = line.values; !rest.empty();) {
        const Result<Value> value = take_value(rest);
        if (!value.ok()) return Problem{"malformed", value.error().message};
        if ((line.kind == Kind::counter || line.kind == Kind::interval_sum) && value->number < 0)
            return Problem{"negative_counter", "a counter that counts back: send it as a gauge"};
        values_.push_back(*value);
    }
    return std::nullopt;
}

std::optional<Problem> Aggregator::make_labels(const Line& line, std::string& labels) const {
    std::vector<model::Label> list;
    std::deque<std::string> storage;
    Status status =
        line.tags_are_dict ? decode_dict(line.tags, list, storage) : decode_tags(line.tags, line.is_monasca, list);
    if (!status.ok()) return Problem{"malformed", status.error().message};
    constexpr std::string_view HOSTNAME = "hostname";
    if (line.is_monasca && !config_.hostname.empty() &&
        std::none_of(list.begin(), list.end(), [&](const model::Label& label) { return label.name == HOSTNAME; }))
        list.push_back({HOSTNAME, config_.hostname});
    list.push_back({model::METRIC_NAME, line.name});
    labels = model::Labels::from(std::move(list)).bytes();
    return std::nullopt;
}

std::optional<Problem> Aggregator::find_key(const Line& line, int64_t now_ms, Key*& key) {
    // the same bytes are the same key: tags are read once
    wire_.assign(line.name).append(line.is_monasca ? "||" : "|").append(line.tags);
    uint32_t place = 0;
    const auto known = by_wire_.find(wire_);
    if (known != by_wire_.end() && keys_[known->second.place].generation == known->second.generation) {
        place = known->second.place;
    } else {
        std::string labels;
        if (auto problem = make_labels(line, labels)) return problem;
        const auto same = by_labels_.find(labels);
        if (same != by_labels_.end()) {
            place = same->second;
        } else {
            if (by_labels_.size() >= config_.keys_max)
                return Problem{"keys_limit",
                               fmt::format("{} combinations of name and tags are counted, the limit (statsd.keys_max)",
                                           by_labels_.size())};
            if (free_.empty()) {
                place = static_cast<uint32_t>(keys_.size());
                keys_.emplace_back();
            } else {
                place = free_.back();
                free_.pop_back();
            }
            Key& made = keys_[place];
            const uint32_t generation = made.generation;
            made = Key{.labels = labels, .kind = line.kind, .generation = generation};
            made.start_ms = interval_start_ms_;
            made.updated_ms = now_ms;
            if (line.kind == Kind::distribution) made.histogram = std::make_unique<ExponentialHistogram>();
            if (line.kind == Kind::set) made.members = std::make_unique<std::unordered_set<uint64_t>>();
            by_labels_.emplace(std::move(labels), place);
            keys_now.set(static_cast<double>(by_labels_.size()));
        }
        if (by_wire_.size() >= 2 * config_.keys_max) by_wire_.clear();  // orders of tags, and what has expired
        by_wire_.insert_or_assign(wire_, Alias{place, keys_[place].generation});
    }
    key = &keys_[place];
    if (key->kind == line.kind) return std::nullopt;
    return Problem{"type_conflict", fmt::format("{:?} is a {} already, it cannot be a {} too", line.name.substr(0, 80),
                                                type_name(key->kind), type_name(line.kind))};
}

std::optional<Problem> Aggregator::add_member(const Line& line, Key& key) {
    const uint64_t member = hash64(line.values);
    if (key.members->contains(member)) return std::nullopt;
    if (set_members_ >= config_.set_members_max)
        return Problem{"set_members_limit", fmt::format("{} members of sets in this interval, the limit "
                                                        "(statsd.set_members_max)",
                                                        set_members_)};
    key.members->insert(member);
    set_members_++;
    return std::nullopt;
}

void Aggregator::apply(const Line& line, int64_t now_ms, Key& key) {
    for (const Value& value : values_) {
        switch (key.kind) {
            case Kind::counter: key.value += value.number / line.rate; break;
            case Kind::gauge: key.value = value.is_change ? key.value + value.number : value.number; break;
            case Kind::distribution: key.histogram->add(value.number, 1 / line.rate); break;
            case Kind::set: break;
            case Kind::interval_sum: key.value += value.number / line.rate; break;
            case Kind::last_value: key.value = value.number; break;
            case Kind::rate:
                key.rate_ms[0] = std::exchange(key.rate_ms[1], now_ms);
                key.rate_values[0] = std::exchange(key.rate_values[1], value.number);
                key.rate_count = static_cast<uint8_t>(std::min(key.rate_count + 1, 2));
                break;
        }
    }
}

/// Nothing when there is nothing to say: of a rate that has one value, fell, or has no time between its values.
std::optional<double> Aggregator::interval_value(const Key& key) {
    if (!key.has_news) return std::nullopt;
    if (key.kind == Kind::interval_sum) return std::trunc(key.value);
    if (key.kind == Kind::last_value) return key.value;
    const int64_t span_ms = key.rate_ms[1] - key.rate_ms[0];
    const double rise = key.rate_values[1] - key.rate_values[0];
    if (key.rate_count < 2 || span_ms <= 0 || rise < 0) return std::nullopt;
    return rise * 1'000 / static_cast<double>(span_ms);
}

std::optional<Problem> Aggregator::add_timed(const Line& line) {
    if (timed_.size() >= config_.keys_max)
        return Problem{"keys_limit", fmt::format("{} gauges with a time of their own wait, the limit (statsd.keys_max)",
                                                 timed_.size())};
    std::string labels;
    if (auto problem = make_labels(line, labels)) return problem;
    timed_.push_back({std::move(labels), *line.time_ms, values_.back().number});
    return std::nullopt;
}

bool Aggregator::flush_timed(const std::function<bool(const WireBatch&)>& write) {
    while (!timed_.empty()) {
        const size_t count = std::min(timed_.size(), TEXT_BATCH_SAMPLES);
        WireBatch batch;
        batch.decoder = &canonical_label_decoder();
        for (size_t i = 0; i < count; i++) {
            batch.add_series(timed_[i].labels);
            batch.add_sample(timed_[i].time_ms, timed_[i].value);
        }
        if (!write(batch)) return false;
        timed_.erase(timed_.begin(), timed_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return true;
}

void Aggregator::flush(int64_t time_ms, bool with_metadata, const std::function<bool(const WireBatch&)>& write) {
    flushes_total.add();
    interval_start_ms_ = time_ms;
    if (!flush_timed(write)) return;
    WireBatch batch;
    for (uint32_t begin = 0; begin < keys_.size();) {
        batch.clear();
        batch.decoder = &canonical_label_decoder();
        uint32_t end = begin;
        for (; end < keys_.size() && batch.samples.size() < TEXT_BATCH_SAMPLES; end++) {
            if (!keys_[end].labels.empty()) write_key(keys_[end], time_ms, with_metadata, batch);
        }
        if (!batch.samples.empty() && !write(batch)) return;
        for (; begin < end; begin++) {
            if (!keys_[begin].labels.empty()) settle_key(begin, time_ms);
        }
    }
}

void Aggregator::write_key(const Key& key, int64_t time_ms, bool with_metadata, WireBatch& batch) {
    std::optional<double> of_interval;
    if (is_of_interval(key.kind)) {
        of_interval = interval_value(key);
        if (!of_interval) return;  // an idle series is not written, and it does not end either
    }
    batch.add_series(key.labels);
    if (key.is_fresh || with_metadata)
        batch.metadata.push_back({.tenant = "",
                                  .name = std::string(model::LabelsView(key.labels).metric_name()),
                                  .type = metric_type(key.kind),
                                  .unit = "",
                                  .help = ""});
    if (of_interval) return batch.add_sample(time_ms, *of_interval);
    // A counter begins with 0, or increase() would not see what came in its first interval. One millisecond behind the
    // start of the interval, where the end of an earlier series of this name may be.
    const bool begins = key.is_fresh && key.start_ms + 1 < time_ms;
    if (has_expired(key, time_ms)) return batch.add_sample(time_ms, model::stale_nan());
    switch (key.kind) {
        case Kind::counter:
            if (begins) batch.add_sample(key.start_ms + 1, 0);
            batch.add_sample(time_ms, key.value);
            break;
        case Kind::gauge: batch.add_sample(time_ms, key.value); break;
        case Kind::distribution:
            if (begins) batch.add_histogram(key.start_ms + 1, ExponentialHistogram::empty());
            batch.add_histogram(time_ms, key.histogram->snapshot());
            break;
        case Kind::set: batch.add_sample(time_ms, static_cast<double>(key.members->size())); break;
        default: break;
    }
}

void Aggregator::settle_key(uint32_t place, int64_t time_ms) {
    Key& key = keys_[place];
    key.is_fresh = false;
    key.has_news = false;
    if (key.kind == Kind::interval_sum) key.value = 0;
    if (key.kind == Kind::rate) key.rate_count = static_cast<uint8_t>(std::min<int>(key.rate_count, 1));
    if (key.members) {
        set_members_ -= key.members->size();
        key.members->clear();
    }
    if (!has_expired(key, time_ms)) return;
    by_labels_.erase(key.labels);
    key.labels.clear();
    key.histogram.reset();
    key.members.reset();
    key.generation++;
    free_.push_back(place);
    keys_now.set(static_cast<double>(by_labels_.size()));
}

}  // namespace belfry::ingest::statsd
