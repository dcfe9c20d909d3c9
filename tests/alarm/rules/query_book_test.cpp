#include "alarm/rules/query_book.h"

#include "query/workers.h"
#include "support/memory_alarms.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using Lines = std::vector<std::string>;
constexpr int64_t START_MS = 1'700'000'000'000 / 60'000 * 60'000;

struct World {
    explicit World(const catalog::AlarmDefinition& definition) {
        config.hold_back_ms = 30'000;
        define(definition);
        open();
        clock.advance_ms(120'000);  // past the time after a start in which nothing is told
        schedule->run_due();
        clock.advance_ms(60'000);
        schedule->run_due();
    }
    void open() {
        book.reset();
        schedule = std::make_unique<Schedule>(clock, 1);
        outbox = std::make_unique<AlarmOutbox>(
            alarms,
            StoredAlarms{.find = [this](std::string_view, std::string_view id) { return alarms.find(id); },
                         .all = [this] { return alarms.all(); },
                         .applied_to = [this] { return alarms.offset; }},
            "query", 1'000);
        book = std::make_unique<QueryBook>(QueryParts{.engine = engine,
                                                      .clock = clock,
                                                      .rules = {},
                                                      .config = config,
                                                      .limits = {},
                                                      .outbox = *outbox,
                                                      .external_url = "http://x"},
                                           *schedule, [this] { return documents; });
        book->sync();
    }
    void define(const catalog::AlarmDefinition& definition) {
        auto next = std::make_shared<catalog::Documents>(*documents);
        (*next)[definition.id] = std::make_shared<const catalog::Document>(catalog::to_document(definition));
        documents = next;
        if (book) book->sync();
    }
    void sample(std::string_view host, double value) {
        source.add(model::Labels{{"__name__", "x"}, {"host", host}}, clock.now_ms(), value);
    }
    Lines minute() {
        clock.advance_ms(60'000);
        schedule->run_due();
        return std::exchange(alarms.lines, {});
    }

    ManualClock clock{START_MS};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    QueryAlarmConfig config;
    test::MemoryAlarms alarms;
    std::shared_ptr<const catalog::Documents> documents = std::make_shared<const catalog::Documents>();
    std::unique_ptr<Schedule> schedule;
    std::unique_ptr<AlarmOutbox> outbox;
    std::unique_ptr<QueryBook> book;
};

catalog::AlarmDefinition definition(std::string_view expression) {
    catalog::AlarmDefinition out;
    out.id = "d1";
    out.name = "Load";
    out.language = catalog::AlarmLanguage::promql;
    out.expression = expression;
    return out;
}

}  // namespace

TEST_CASE("every series of the compared side is an alarm with a state") {
    auto d = definition("x > 5");
    d.labels = {{"team", "{{ $labels.host }}-ops"}};
    d.annotations = {{"summary", "{{ $labels.host }} has {{ $value }}"}};
    World w(d);
    w.sample("a", 1);
    w.sample("b", 9);
    CHECK(w.minute() == Lines{"created Load OK a", "created Load OK b", "transition Load OK->ALARM b"});
    w.sample("a", 7);
    w.sample("b", 2);
    CHECK(w.minute() == Lines{"transition Load OK->ALARM a", "transition Load ALARM->OK b"});
    std::shared_ptr<const model::Alarm> ringing;
    for (const auto& alarm : w.alarms.all())
        if (alarm->state == model::AlarmState::alarm) ringing = alarm;
    REQUIRE(ringing);
    CHECK(ringing->reason == "x is 7, > 5");
    CHECK(ringing->value == 7.0);
    CHECK(ringing->labels == model::Dimensions{{"host", "a"}, {"team", "a-ops"}});
    CHECK(ringing->annotations == model::Dimensions{{"summary", "a has 7"}});
    CHECK(w.book->value("d1", ringing->id) == 7.0);
    CHECK(!w.book->value("d1", "other"));
    w.clock.advance_ms(300'000);
    CHECK(w.minute() == Lines{"transition Load ALARM->UNDETERMINED a", "transition Load OK->UNDETERMINED b"});
}

TEST_CASE("grouped by labels the worst value is the alarm's") {
    auto d = definition("x < 5");
    d.match_by = {"rack"};
    World w(d);
    w.sample("a", 9);
    w.sample("b", 2);
    CHECK(w.minute() == Lines{"created Load OK", "transition Load OK->ALARM"});
    CHECK(w.alarms.all().at(0)->value == 2.0);
}

TEST_CASE("an expression that stands as a whole rings where it gives a series") {
    World w(definition("x > 5 and x < 8"));
    w.sample("a", 6);
    CHECK(w.minute() == Lines{"created Load OK a", "transition Load OK->ALARM a"});
    w.sample("a", 9);
    CHECK(w.minute() == Lines{"transition Load ALARM->OK a"});
}

TEST_CASE("a restart neither rings anew nor forgets") {
    World w(definition("x > 5"));
    w.sample("a", 9);
    w.sample("b", 1);
    w.minute();
    w.open();
    CHECK(w.minute().empty());
    w.clock.advance_ms(600'000);  // a long stop: there is no value at first
    w.open();
    CHECK(w.minute().empty());
    w.sample("a", 9);
    w.sample("b", 7);
    CHECK(w.minute() == Lines{"transition Load OK->ALARM b"});
    // somebody deletes it, and it is made again
    w.alarms.alarms.clear();
    CHECK(w.minute() == Lines{"created Load OK a", "transition Load OK->ALARM a", "created Load OK b",
                              "transition Load OK->ALARM b"});
}

TEST_CASE("what was pending before a restart does not wait anew, as far as stored samples show it") {
    auto d = definition("x > 5");
    d.for_ms = 10 * 60'000;
    World w(d);
    const auto minutes = [&](int count, double a, double b) {
        Lines out;
        for (int i = 0; i < count; ++i) {
            w.sample("a", a);
            w.sample("b", b);
            for (std::string& line : w.minute())
                out.push_back(std::move(line));
        }
        return out;
    };
    CHECK(minutes(1, 1, 1) == Lines{"created Load OK a", "created Load OK b"});
    SUBCASE("it rings when its time is over, and one that was good in between waits") {
        CHECK(minutes(6, 9, 9).empty());
        CHECK(minutes(1, 9, 1).empty());
        w.open();
        CHECK(minutes(2, 9, 9).empty());
        CHECK(minutes(2, 9, 9) == Lines{"transition Load OK->ALARM a"});
        CHECK(minutes(9, 9, 9) == Lines{"transition Load OK->ALARM b"});
    }
    SUBCASE("a change of the definition meanwhile does not lose it") {
        CHECK(minutes(9, 9, 1).empty());
        w.open();
        d.annotations = {{"summary", "s"}};
        w.define(d);
        const Lines lines = minutes(2, 9, 1);
        CHECK(std::count(lines.begin(), lines.end(), "transition Load OK->ALARM a") == 1);
    }
    SUBCASE("the time in which nothing was stored does not count") {
        CHECK(minutes(3, 9, 1).empty());
        w.clock.advance_ms(30 * 60'000);
        w.open();
        CHECK(minutes(4, 9, 1).empty());
        CHECK(minutes(7, 9, 1) == Lines{"transition Load OK->ALARM a"});
    }
}

TEST_CASE("what an expression gives where nothing is stored is not taken for the past") {
    auto d = definition("absent(x) > 0");
    d.for_ms = 10 * 60'000;
    World w(d);
    w.sample("a", 1);
    w.minute();
    w.clock.advance_ms(30 * 60'000);
    w.open();
    Lines lines;
    for (int i = 0; i < 9; ++i)
        for (std::string& line : w.minute())
            lines.push_back(std::move(line));
    CHECK(std::count(lines.begin(), lines.end(), "transition Load OK->ALARM") == 0);
}

TEST_CASE("definitions change and go while they are evaluated") {
    World w(definition("x > 5"));
    w.sample("a", 9);
    w.minute();
    auto d = definition("x > 10");
    d.name = "Higher";
    w.define(d);
    CHECK(w.minute() == Lines{"transition Higher ALARM->OK a"});
    w.documents = std::make_shared<const catalog::Documents>();
    w.book->sync();
    CHECK(w.alarms.take() == Lines{"deleted Higher"});
    CHECK(w.book->views().empty());
    w.alarms.alarms["o"] = [] {
        auto orphan = std::make_shared<model::Alarm>();
        orphan->id = "o";
        orphan->name = "Old";
        orphan->source = model::AlarmSource::query;
        orphan->definition_id = "gone";
        return orphan;
    }();
    w.book->sweep();
    CHECK(w.alarms.take() == Lines{"deleted Old"});
}

TEST_CASE("series that are gone for long, and those of another expression, lose their alarms") {
    World w(definition("x > 5"));
    w.sample("a", 9);
    w.minute();
    w.clock.advance_ms(600'000);
    CHECK(w.minute() == Lines{"transition Load ALARM->UNDETERMINED a"});
    w.clock.advance_ms(86'400'000);
    CHECK(w.minute() == Lines{"deleted Load"});
    w.sample("b", 1);
    CHECK(w.minute() == Lines{"created Load OK b"});
    w.define(definition("y > 5"));
    CHECK(w.minute() == Lines{"deleted Load"});
}

TEST_CASE("series that come and go make room for each other") {
    World w(definition("x > 5"));
    w.config.definition_alarms_max = 2;
    w.open();
    w.sample("a", 1);
    w.minute();
    w.clock.advance_ms(300'000);
    w.sample("b", 1);
    w.minute();
    w.clock.advance_ms(300'000);
    w.sample("c", 1);
    const Lines told = w.minute();
    CHECK(std::count(told.begin(), told.end(), "deleted Load") == 1);
    CHECK(w.alarms.alarms.size() == 2);
}

TEST_CASE("too many alarms make the evaluation fail, and states stay") {
    World w(definition("x > 5"));
    w.sample("a", 9);
    w.minute();
    w.config.definition_alarms_max = 1;
    w.open();
    w.sample("a", 9);
    w.sample("b", 9);
    CHECK(w.minute().empty());
    CHECK(w.book->view("d1")->last_error == "2 series, more than the limit of 1 (alarm.definition_alarms_max)");
    CHECK(w.alarms.all().at(0)->state == model::AlarmState::alarm);
}

TEST_CASE("what takes long leaves a thread to the others") {
    ManualClock clock(START_MS);
    struct Slow final : Turn {
        explicit Slow(ManualClock& c) : clock_(c) {}
        void evaluate(int64_t) override {
            ++count;
            clock_.advance_ms(600);
        }
        [[nodiscard]] int64_t interval_ms() const override { return 60'000; }
        [[nodiscard]] int64_t next_due_ms(int64_t now_ms) const override { return now_ms + 60'000; }
        void count_missed(uint64_t missed) override { left_out += missed; }
        void stop() override { stopped = true; }
        ManualClock& clock_;
        int count = 0;
        uint64_t left_out = 0;
        bool stopped = false;
    };
    Schedule schedule(clock, 2);
    const auto slow = std::make_shared<Slow>(clock);
    schedule.put(slow);
    schedule.put(slow);
    CHECK(schedule.run_due() == 0);
    clock.advance_ms(60'000);
    CHECK(schedule.run_due() == 1);
    clock.advance_ms(600'000);
    CHECK(schedule.run_due() == 2);  // the one that was due, and the newest of those after it
    CHECK(slow->left_out == 8);
    schedule.remove(*slow);
    CHECK(slow->stopped);
}

}  // namespace belfry::alarm
