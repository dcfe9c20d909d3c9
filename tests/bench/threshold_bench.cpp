// The threshold engine with 100,000 alarms: samples into windows, windows that are over in one second, a storm.
#include "alarm/threshold/engine.h"

using namespace belfry;
using namespace belfry::alarm;

namespace {

constexpr size_t ALARMS = 100'000;
constexpr int64_t BASE_MS = 1'700'000'040'000;

int64_t cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

void report(const std::string& name, double figure, const std::string& unit) {
    fmt::print("{:<58} {:>12.2f} {}\n", name, figure, unit);
}

struct Bench {
    uint64_t ids = 0;
    ThresholdEngine engine;
    model::MetricBatch batch;

    explicit Bench(const std::string& expression)
        : engine({.config = {}, .make_id = [this] { return fmt::format("00000000-0000-4000-8000-{:012}", ++ids); }}) {
        engine.advance(BASE_MS);
        catalog::AlarmDefinition d;
        d.id = "d";
        d.name = "cpu is busy";
        d.expression = expression;
        d.match_by = {"host"};
        d.created_ms = BASE_MS;
        catalog::Documents documents;
        documents["d"] = std::make_shared<const catalog::Document>(catalog::to_document(d));
        engine.set_definitions(documents, BASE_MS);
        for (size_t i = 0; i < ALARMS; ++i)
            batch.add_series(i + 1, model::Labels{{"__name__", "cpu"}, {"host", fmt::format("host{}", i)}}.bytes());
        for (size_t i = 0; i < ALARMS; ++i) {
            batch.ids.push_back(i + 1);
            batch.time_index.push_back(0);
            batch.values.push_back(1);
        }
        batch.times_ms = {BASE_MS};
    }
    int64_t put(int64_t at_ms, double value) {
        batch.times_ms = {BASE_MS + at_ms};
        std::fill(batch.values.begin(), batch.values.end(), value);
        const int64_t begin = cpu_ns();
        engine.apply(batch, BASE_MS + at_ms, [](auto, const auto&) {});
        return cpu_ns() - begin;
    }
};

void run(const std::string& expression) {
    Bench bench(expression);
    const int64_t made = bench.put(1'000, 1);
    report(expression + ": alarms made", static_cast<double>(made) / ALARMS, "ns/alarm");
    (void)bench.engine.take_events();
    bench.batch.series.clear();
    bench.batch.label_bytes.clear();
    report(expression + ": memory", static_cast<double>(bench.engine.memory_bytes()) / ALARMS, "B/alarm");
    constexpr int ROUNDS = 40;
    int64_t spent = 0;
    for (int i = 0; i < ROUNDS; ++i)
        spent += bench.put(2'000 + i * 1'000, 1);
    report(expression + ": samples", static_cast<double>(spent) / (ROUNDS * static_cast<double>(ALARMS)), "ns/sample");
    report(expression + ": samples", ROUNDS * static_cast<double>(ALARMS) / static_cast<double>(spent) * 1e3, "M/s");
    bench.engine.advance(BASE_MS + 90'000);
    int64_t begin = cpu_ns();
    bench.engine.advance(BASE_MS + 91'000);
    report(expression + ": 100,000 windows over, each a transition", static_cast<double>(cpu_ns() - begin) / 1e6, "ms");
    (void)bench.engine.take_events();
    (void)bench.put(100'000, 1);
    bench.engine.advance(BASE_MS + 151'000);
    (void)bench.put(160'000, 1);
    bench.engine.advance(BASE_MS + 210'000);
    begin = cpu_ns();
    bench.engine.advance(BASE_MS + 211'000);
    report(expression + ": 100,000 windows over, none changes", static_cast<double>(cpu_ns() - begin) / 1e6, "ms");
    const int64_t storm = bench.put(215'000, 99);
    report(expression + ": 100,000 samples over the threshold", static_cast<double>(storm) / 1e6, "ms");
    report(expression + ": transitions by that", static_cast<double>(bench.engine.take_events().size()), "");
    begin = cpu_ns();
    const std::string saved = bench.engine.save(1);
    report(expression + ": windows saved", static_cast<double>(cpu_ns() - begin) / 1e6, "ms");
    report(expression + ": windows saved", static_cast<double>(saved.size()) / 1e6, "MB");
}

}  // namespace

int main() {
    run("max(cpu) > 90");
    run("avg(cpu) > 90");
    run("max(cpu) > 90 times 3");
    run("last(cpu) > 90");
    return 0;
}
