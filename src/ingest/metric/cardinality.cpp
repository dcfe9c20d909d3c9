#include "ingest/metric/cardinality.h"

#include "base/utf8.h"

namespace belfry::ingest {
namespace {

constexpr int64_t MINUTE_MS = 60'000;
constexpr int64_t REFUSED_EXAMPLE_MS = 100;  // at most one each so often: a flood of refusals must cost little
constexpr size_t SERIES_BYTES_MAX = 300;
constexpr auto MINUTES = static_cast<int64_t>(model::CARDINALITY_MINUTES);

uint64_t name_hash(std::string_view tenant, std::string_view name) {
    return hash64(name, hash64(tenant));
}
uint64_t pair_hash(uint64_t name, std::string_view value) {
    return hash64(value, name) | 1;  // 0 is an empty slot
}
std::string cut(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    text = text.substr(0, bytes_max);
    return std::string(text.substr(0, utf8_prefix(text))) + "...";
}
std::string series_text(model::LabelsView labels) {
    model::LabelsBuilder plain(labels);
    plain.erase(model::TENANT_LABEL);
    return cut(plain.build().to_string(), SERIES_BYTES_MAX);
}
template <typename Row, typename Key>
void keep_largest(std::vector<Row>& rows, size_t limit, Key key) {
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) > key(b); });
    if (rows.size() > limit) rows.resize(limit);
}

}  // namespace

void MinuteRing::turn(int64_t minute) {
    if (minute <= minute_) return;
    if (minute - minute_ >= MINUTES)
        counts_.fill(0);
    else
        for (int64_t m = minute_ + 1; m <= minute; ++m)
            counts_[static_cast<size_t>(m % MINUTES)] = 0;
    minute_ = minute;
}

model::MinuteCounts MinuteRing::at(int64_t minute) const {
    model::MinuteCounts out{};
    for (int64_t i = 0; i < MINUTES; ++i) {
        const int64_t m = minute - (MINUTES - 1) + i;
        if (m >= 0 && m <= minute_ && m > minute_ - MINUTES)
            out[static_cast<size_t>(i)] = counts_[static_cast<size_t>(m % MINUTES)];
    }
    return out;
}

uint64_t MinuteRing::sum(int64_t minute) const {
    uint64_t out = 0;
    for (const uint32_t count : at(minute))
        out += count;
    return out;
}

uint32_t Cardinality::find_name(std::string_view tenant, std::string_view name) const {
    const auto found = name_places_.find(name_hash(tenant, name));
    return found == name_places_.end() ? NO_NAME : found->second;
}

uint32_t Cardinality::add_name(std::string_view tenant, std::string_view name) {
    const uint64_t hash = name_hash(tenant, name);
    const auto found = name_places_.find(hash);
    if (found != name_places_.end()) return found->second;
    if (names_.size() >= NAMES_MAX) {
        complete_ = false;
        return NO_NAME;
    }
    const auto place = static_cast<uint32_t>(names_.size());
    Name& entry = names_.emplace_back();
    entry.tenant = tenant;
    entry.name = name;
    name_places_.emplace(hash, place);
    return place;
}

size_t Cardinality::find_slot(uint64_t hash) const {
    if (slots_.empty()) return NONE;
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash >> 8 & mask;; at = (at + 1) & mask) {
        if (slots_[at].hash == hash) return at;
        if (slots_[at].hash == 0) return NONE;
    }
}

void Cardinality::grow() {
    std::vector<Slot> old(slots_.empty() ? 1'024 : slots_.size() * 2);
    old.swap(slots_);
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.hash == 0) continue;
        size_t at = slot.hash >> 8 & mask;
        while (slots_[at].hash != 0)
            at = (at + 1) & mask;
        slots_[at] = slot;
    }
}

Cardinality::Slot* Cardinality::add_slot(uint64_t hash, uint32_t name) {
    if (const size_t at = find_slot(hash); at != NONE) return &slots_[at];
    if (used_ >= limits_.pairs_max) {
        complete_ = false;
        return nullptr;
    }
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    const size_t mask = slots_.size() - 1;
    size_t at = hash >> 8 & mask;
    while (slots_[at].hash != 0)
        at = (at + 1) & mask;
    slots_[at] = {.hash = hash, .today = 0, .yesterday = 0, .name = name, .top = 0};
    ++used_;
    return &slots_[at];
}

// Keeps the texts of the values with the most series.
void Cardinality::set_top(Slot& slot, std::string_view value) {
    Name& name = names_[slot.name];
    const uint64_t series = uint64_t{slot.today} + slot.yesterday;
    if (slot.top != 0) {
        name.top[slot.top - 1].series = series;
        return;
    }
    if (name.top.size() < TOP_VALUES) {
        name.top.push_back({.hash = slot.hash, .series = series, .text = cut(value, VALUE_BYTES_MAX)});
        slot.top = static_cast<uint32_t>(name.top.size());
        return;
    }
    size_t least = 0;
    for (size_t i = 1; i < name.top.size(); ++i)
        if (name.top[i].series < name.top[least].series) least = i;
    if (name.top[least].series >= series) return;
    if (const size_t other = find_slot(name.top[least].hash); other != NONE) slots_[other].top = 0;
    name.top[least] = {.hash = slot.hash, .series = series, .text = cut(value, VALUE_BYTES_MAX)};
    slot.top = static_cast<uint32_t>(least) + 1;
}

std::string_view Cardinality::over_limit(std::string_view tenant, model::LabelsView labels) const {
    if (limits_.values_per_label == 0) return {};
    for (const model::Label& label : labels) {
        if (label.name == model::TENANT_LABEL) continue;
        const uint32_t place = find_name(tenant, label.name);
        if (place == NO_NAME || names_[place].values < limits_.values_per_label) continue;
        const size_t at = find_slot(pair_hash(name_hash(tenant, label.name), label.value));
        if (at == NONE || slots_[at].today + slots_[at].yesterday == 0) return label.name;
    }
    return {};
}

void Cardinality::count(
    std::string_view tenant, model::LabelsView labels, int32_t day, std::optional<int32_t> before, int64_t now_ms) {
    if (day > day_) turn_day(day);
    if (day < day_ - 1 || (before && *before >= day)) return;
    const bool today = day == day_;
    const bool moves = today && before && *before == day_ - 1;
    for (const model::Label& label : labels) {
        if (label.name == model::TENANT_LABEL) continue;
        const uint32_t place = add_name(tenant, label.name);
        if (place == NO_NAME) continue;
        Name& name = names_[place];
        Slot* slot = add_slot(pair_hash(name_hash(tenant, label.name), label.value), place);
        (today ? name.today : name.yesterday) += 1;
        if (moves && name.yesterday > 0) --name.yesterday;
        if (!slot) continue;
        if (slot->today + slot->yesterday == 0) {
            ++name.values;
            name.new_values.add(now_ms / MINUTE_MS);
            if (name.newest.size() >= NEWEST_VALUES) name.newest.erase(name.newest.begin());
            name.newest.emplace_back(slot->hash, cut(label.value, VALUE_BYTES_MAX));
        }
        (today ? slot->today : slot->yesterday) += 1;
        if (moves && slot->yesterday > 0) --slot->yesterday;
        set_top(*slot, label.value);
    }
}

void Cardinality::uncount(std::string_view tenant,
                          model::LabelsView labels,
                          int32_t day,
                          std::optional<int32_t> before) {
    if (day != day_ || (before && *before >= day)) return;
    const bool moved = before && *before == day_ - 1;
    for (const model::Label& label : labels) {
        if (label.name == model::TENANT_LABEL) continue;
        const uint32_t place = find_name(tenant, label.name);
        if (place == NO_NAME) continue;
        Name& name = names_[place];
        if (name.today > 0) --name.today;
        name.yesterday += moved ? 1 : 0;
        const size_t at = find_slot(pair_hash(name_hash(tenant, label.name), label.value));
        if (at == NONE || slots_[at].today == 0) continue;
        Slot& slot = slots_[at];
        --slot.today;
        slot.yesterday += moved ? 1 : 0;
        if (slot.today + slot.yesterday == 0) --name.values;
        if (slot.top != 0) name.top[slot.top - 1].series = uint64_t{slot.today} + slot.yesterday;
    }
}

void Cardinality::turn_day(int32_t day) {
    if (day <= day_) return;
    const bool next = day == day_ + 1;
    day_ = day;
    for (Name& name : names_) {
        name.yesterday = next ? name.today : 0;
        name.today = 0;
        name.values = 0;
        name.top.clear();
    }
    std::vector<Slot> kept;
    for (Slot& slot : slots_) {
        slot.yesterday = next ? slot.today : 0;
        slot.today = 0;
        if (slot.hash != 0 && slot.yesterday != 0) kept.push_back(slot);
    }
    // The texts of top values are known again when their series are logged today.
    slots_.clear();
    used_ = kept.size();
    complete_ = true;
    size_t size = 1'024;
    while (used_ * 4 > size * 3)
        size *= 2;
    slots_.resize(size);
    for (Slot& slot : kept) {
        slot.top = 0;
        ++names_[slot.name].values;
        size_t at = slot.hash >> 8 & (size - 1);
        while (slots_[at].hash != 0)
            at = (at + 1) & (size - 1);
        slots_[at] = slot;
    }
}

Cardinality::Receiver& Cardinality::receiver(Tenant& tenant, std::string_view id) {
    if (id.empty()) id = "other";
    for (Receiver& r : tenant.receivers)
        if (r.id == id) return r;
    if (tenant.receivers.size() >= RECEIVERS_MAX) return tenant.receivers.back();
    tenant.receivers.push_back({.id = std::string(id), .series = 0, .refused_total = 0, .created = {}, .refused = {}});
    return tenant.receivers.back();
}

void Cardinality::keep_example(std::deque<model::SeriesExample>& list, model::SeriesExample example) {
    if (list.size() >= EXAMPLES_MAX) list.pop_front();
    list.push_back(std::move(example));
}

void Cardinality::created(
    std::string_view tenant, model::LabelsView labels, std::string_view id, int64_t now_ms, bool sample_it) {
    Tenant& t = tenants_[std::string(tenant)];
    Receiver& r = receiver(t, id);
    ++r.series;
    r.created.add(now_ms / MINUTE_MS);
    t.created.add(now_ms / MINUTE_MS);
    if (sample_it)
        keep_example(t.created_examples,
                     {.time_ms = now_ms, .series = series_text(labels), .receiver = r.id, .limit = ""});
}

void Cardinality::refused(std::string_view tenant,
                          model::LabelsView labels,
                          std::string_view label,
                          std::string_view limit,
                          std::string_view id,
                          int64_t now_ms) {
    Tenant& t = tenants_[std::string(tenant)];
    Receiver& r = receiver(t, id);
    ++r.refused_total;
    ++t.refused_total;
    r.refused.add(now_ms / MINUTE_MS);
    t.refused.add(now_ms / MINUTE_MS);
    if (!label.empty()) {
        const uint32_t place = find_name(tenant, label);
        if (place != NO_NAME) ++names_[place].refused;
    }
    if (now_ms - t.refused_example_ms < REFUSED_EXAMPLE_MS && !t.refused_examples.empty()) return;
    t.refused_example_ms = now_ms;
    keep_example(t.refused_examples,
                 {.time_ms = now_ms, .series = series_text(labels), .receiver = r.id, .limit = std::string(limit)});
}

model::LabelCardinality Cardinality::view(const Name& name, int64_t minute) const {
    model::LabelCardinality out{.name = name.name,
                                .values = name.values,
                                .series = uint64_t{name.today} + name.yesterday,
                                .new_values = name.new_values.at(minute),
                                .refused = name.refused,
                                .top = {},
                                .newest_values = {}};
    for (const Value& value : name.top)
        if (value.series > 0) out.top.push_back({.value = value.text, .series = value.series});
    keep_largest(out.top, TOP_VALUES, [](const auto& v) { return v.series; });
    for (auto at = name.newest.rbegin(); at != name.newest.rend(); ++at)
        out.newest_values.push_back(at->second);
    return out;
}

void Cardinality::report(std::string_view tenant, int64_t now_ms, size_t limit, model::CardinalityReport& out) const {
    const int64_t minute = now_ms / MINUTE_MS;
    std::vector<const Name*> names;
    for (const Name& name : names_)
        if (name.tenant == tenant && name.today + name.yesterday > 0) names.push_back(&name);
    out.labels_count = names.size();
    for (const Name* name : names) {
        out.pairs_count += name->values;
        for (const Value& value : name->top)
            if (value.series > 0)
                out.pairs.push_back({.name = name->name, .value = value.text, .series = value.series});
    }
    keep_largest(out.pairs, limit, [](const auto& p) { return p.series; });
    std::vector<const Name*> growing = names;
    keep_largest(names, limit, [](const Name* n) { return n->values; });
    for (const Name* name : names)
        out.labels.push_back(view(*name, minute));
    std::erase_if(growing, [&](const Name* n) { return n->new_values.sum(minute) == 0 && n->refused == 0; });
    keep_largest(growing, limit, [&](const Name* n) { return n->new_values.sum(minute); });
    for (const Name* name : growing)
        out.growing_labels.push_back(view(*name, minute));
    out.complete = complete_;
    const auto found = tenants_.find(std::string(tenant));
    if (found == tenants_.end()) return;
    const Tenant& t = found->second;
    out.created = t.created.at(minute);
    out.refused = t.refused.at(minute);
    out.refused_total = t.refused_total;
    for (const Receiver& r : t.receivers)
        out.receivers.push_back({.id = r.id,
                                 .series = r.series,
                                 .created = r.created.at(minute),
                                 .refused = r.refused_total,
                                 .refused_lately = r.refused.at(minute)});
    keep_largest(out.receivers, RECEIVERS_MAX, [](const auto& r) { return r.series + r.refused; });
    out.created_examples.assign(t.created_examples.rbegin(), t.created_examples.rend());
    out.refused_examples.assign(t.refused_examples.rbegin(), t.refused_examples.rend());
}

model::CardinalityLimit Cardinality::largest_label() const {
    model::CardinalityLimit out{
        .key = "metric.max_values_per_label", .value = limits_.values_per_label, .used = 0, .user = ""};
    for (const Name& name : names_) {
        if (name.values <= out.used) continue;
        out.used = name.values;
        out.user = name.name;
    }
    return out;
}

uint64_t Cardinality::memory_bytes() const {
    uint64_t texts = 0;
    for (const Name& name : names_)
        texts += sizeof(Name) + 48 + name.name.size() + name.top.capacity() * (sizeof(Value) + 32) +
                 name.newest.capacity() * 72;
    return slots_.capacity() * sizeof(Slot) + texts;
}

}  // namespace belfry::ingest
