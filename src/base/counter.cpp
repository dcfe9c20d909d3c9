#include "base/counter.h"

#include "base/number.h"
#include "base/result.h"

namespace belfry {
namespace {

struct Entry {
    std::string name;
    std::string help;
    CounterKind kind = CounterKind::counter;
    CounterLabels labels;
    const void* object = nullptr;
    bool is_gauge = false;  // what `object` is
};

struct Registry {
    std::mutex mutex;  // guards entries
    std::vector<Entry> entries;
};

Registry& registry() {
    static Registry* instance = new Registry;  // never destroyed: counters of other statics leave it late
    return *instance;
}

void enlist(Entry entry) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    r.entries.push_back(std::move(entry));
}

void delist(const void* object) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    std::erase_if(r.entries, [&](const Entry& e) { return e.object == object; });
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\\') out += "\\\\";
        else if (c == '\n') out += "\\n";
        else if (c == '"' && quotes) out += "\\\"";
        else out += c;
    }
}

void expand_timing(const Entry& e, std::vector<CounterSample>& out) {
    const auto& t = *static_cast<const Timing*>(e.object);
    uint64_t cumulative = 0;
    const auto push = [&](std::string_view suffix, CounterLabels labels, double value) {
        out.push_back({.name = e.name + std::string(suffix),
                       .family = e.name,
                       .help = e.help,
                       .kind = CounterKind::timing,
                       .labels = std::move(labels),
                       .value = value});
    };
    for (size_t i = 0; i <= Timing::BUCKET_COUNT; i++) {
        cumulative += t.bucket(i);
        CounterLabels labels = e.labels;
        labels.emplace_back("le", i < Timing::BUCKET_COUNT ? format_double(Timing::BOUNDS_SECONDS[i]) : "+Inf");
        push("_bucket", std::move(labels), static_cast<double>(cumulative));
    }
    push("_sum", e.labels, t.sum_seconds());
    push("_count", e.labels, static_cast<double>(cumulative));
}

}  // namespace

Counter::Counter(std::string name, std::string help, CounterLabels labels) {
    enlist({std::move(name), std::move(help), CounterKind::counter, std::move(labels), this});
}
Counter::~Counter() { delist(this); }

Gauge::Gauge(std::string name, std::string help, CounterLabels labels, CounterKind kind) {
    INVARIANT(kind != CounterKind::timing, "a gauge has one value");
    enlist({std::move(name), std::move(help), kind, std::move(labels), this, true});
}
Gauge::~Gauge() { delist(this); }

Timing::Timing(std::string name, std::string help, CounterLabels labels) {
    enlist({std::move(name), std::move(help), CounterKind::timing, std::move(labels), this});
}
Timing::~Timing() { delist(this); }

void Timing::observe_ns(int64_t ns) {
    const double seconds = static_cast<double>(ns) / 1e9;
    const auto* it = std::lower_bound(std::begin(BOUNDS_SECONDS), std::end(BOUNDS_SECONDS), seconds);
    buckets_[static_cast<size_t>(it - std::begin(BOUNDS_SECONDS))].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(static_cast<uint64_t>(std::max<int64_t>(ns, 0)), std::memory_order_relaxed);
}

uint64_t Timing::count() const {
    uint64_t n = 0;
    for (const auto& b : buckets_) n += b.load(std::memory_order_relaxed);
    return n;
}

double Timing::sum_seconds() const { return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9; }

double Timing::quantile_seconds(double q) const {
    const auto rank = static_cast<double>(count()) * q;
    if (rank <= 0) return 0;
    double seen = 0;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        seen += static_cast<double>(bucket(i));
        if (seen >= rank) return BOUNDS_SECONDS[i];
    }
    return BOUNDS_SECONDS[BUCKET_COUNT - 1];
}

CounterFamily::CounterFamily(std::string name, std::string help, std::vector<std::string> label_names)
    : name_(std::move(name)), help_(std::move(help)), label_names_(std::move(label_names)) {}

Counter& CounterFamily::at(const std::vector<std::string>& label_values) {
    std::string key;
    for (const std::string& v : label_values) key.append(v).push_back('\0');
    const std::lock_guard lock(mutex_);
    if (const auto it = children_.find(key); it != children_.end()) return *it->second.second;
    std::vector<std::string> values = label_values;
    if (children_.size() >= CHILDREN_MAX) {
        values.assign(label_names_.size(), "other");
        key.clear();
        for (const std::string& v : values) key.append(v).push_back('\0');
        if (const auto it = children_.find(key); it != children_.end()) return *it->second.second;
    }
    CounterLabels labels;
    for (size_t i = 0; i < label_names_.size(); i++) labels.emplace_back(label_names_[i], i < values.size() ? values[i] : "");
    auto child = std::make_unique<Counter>(name_, help_, std::move(labels));
    Counter& out = *child;
    children_.emplace(key, std::pair(std::move(values), std::move(child)));
    return out;
}

std::vector<std::pair<std::vector<std::string>, uint64_t>> CounterFamily::values() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::vector<std::string>, uint64_t>> out;
    out.reserve(children_.size());
    for (const auto& [key, child] : children_) out.emplace_back(child.first, child.second->value());
    return out;
}

std::vector<CounterSample> collect_counters() {
    std::vector<CounterSample> out;
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    for (const Entry& e : r.entries) {
        if (e.kind == CounterKind::timing) {
            expand_timing(e, out);
            continue;
        }
        const double value = !e.is_gauge ? static_cast<double>(static_cast<const Counter*>(e.object)->value())
                                                            : static_cast<const Gauge*>(e.object)->value();
        out.push_back({.name = e.name, .family = e.name, .help = e.help, .kind = e.kind, .labels = e.labels, .value = value});
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.family < b.family; });
    return out;
}

std::string expose_counters() {
    std::string out;
    std::string_view family;
    const std::vector<CounterSample> samples = collect_counters();
    for (const CounterSample& s : samples) {
        if (s.family != family) {
            family = s.family;
            out.append("# HELP ").append(s.family).append(" ");
            append_escaped(out, s.help, false);
            out.append("\n# TYPE ").append(s.family);
            out += s.kind == CounterKind::counter ? " counter\n" : s.kind == CounterKind::gauge ? " gauge\n" : " histogram\n";
        }
        out += s.name;
        char separator = '{';
        for (const auto& [name, value] : s.labels) {
            out.append(1, separator).append(name).append("=\"");
            append_escaped(out, value, true);
            out += '"';
            separator = ',';
        }
        if (!s.labels.empty()) out += '}';
        out.append(" ").append(format_double(s.value)).append("\n");
    }
    return out;
}

}  // namespace belfry
