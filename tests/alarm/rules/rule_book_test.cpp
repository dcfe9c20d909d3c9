#include "alarm/rules/rule_book.h"

#include "query/workers.h"
#include "support/memory_source.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>

namespace belfry::alarm {
namespace {

constexpr int64_t START_MS = 1'700'000'000'000 / 60'000 * 60'000;

/// A rule book over samples in memory, on a clock that is moved by hand.
struct World {
    explicit World(std::string_view rules) {
        write("rules.yml", rules);
        config.files = {dir.path() + "/*.yml"};
        open();
    }
    void open() {
        book = std::make_unique<RuleBook>(
            RuleParts{.engine = engine,
                      .source = source,
                      .clock = clock,
                      .config = config,
                      .limits = {},
                      .write = [this](std::string_view, std::span<const RuleSample> samples) -> Result<SinkOutcome> {
                          ++writes;
                          if (fails) return make_error(Code::exhausted, "the queue is full");
                          for (const RuleSample& s : samples) {
                              source.add(s.labels, s.time_ms, s.value);
                              log.push_back(
                                  fmt::format("{} {}", s.labels.to_string(),
                                              model::is_stale(s.value) ? "stale" : fmt::format("{}", s.value)));
                          }
                          return SinkOutcome{};
                      },
                      .changed =
                          [this](const std::vector<Transition>& all) {
                              for (const Transition& t : all)
                                  changes.push_back(fmt::format("{} {}->{} {}", t.rule, to_string(t.from),
                                                                to_string(t.to), t.alert.labels.get("host")));
                          },
                      .settled =
                          [this](const std::string&, const RuleGroup& group, const std::vector<Transition>& firing) {
                              settled.push_back(fmt::format("{} {}", group.name, firing.size()));
                          },
                      .external_url = "http://x"},
            *schedule, nullptr);
        loaded = book->load();
    }
    void write(const std::string& name, std::string_view text) {
        std::ofstream(dir.path() + "/" + name, std::ios::binary) << text;
    }
    void sample(std::string_view name, std::string_view host, double value) {
        source.add(model::Labels{{"__name__", name}, {"host", host}}, clock.now_ms(), value);
    }
    /// One minute on, with what is due evaluated at its time.
    void minute() {
        clock.advance_ms(60'000);
        schedule->run_due();
    }
    std::vector<std::string> take() { return std::exchange(log, {}); }
    std::vector<std::string> take_changes() { return std::exchange(changes, {}); }
    const RuleView rule(size_t index = 0) const { return book->groups().at(0)->rules.at(index); }

    tests::TempDir dir;
    ManualClock clock{START_MS};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    RulesConfig config;
    std::unique_ptr<Schedule> schedule = std::make_unique<Schedule>(clock, 1);
    std::unique_ptr<RuleBook> book;
    std::vector<std::string> settled;
    Status loaded;
    std::vector<std::string> log;
    std::vector<std::string> changes;
    size_t writes = 0;
    bool fails = false;
};

using Lines = std::vector<std::string>;

constexpr std::string_view ALERT =
    "groups:\n- name: g\n  rules:\n  - alert: Down\n    expr: up == 0\n    for: 2m\n    annotations: {text: '{{ "
    "$labels.host }} {{ $value }}'}\n";
constexpr std::string_view KEEPS =
    "groups:\n- name: g\n  rules:\n  - {alert: Down, expr: up == 0, keep_firing_for: 2m}\n";

}  // namespace

TEST_CASE("recorded series are stored, and end when they vanish") {
    World w("groups:\n- name: g\n  rules:\n  - {record: 'x:sum', expr: sum by (host) (x), labels: {by: rule}}\n");
    REQUIRE(w.loaded.ok());
    w.sample("x", "a", 1);
    w.sample("x", "b", 2);
    w.minute();
    CHECK(w.take() == Lines{R"(x:sum{by="rule",host="a"} 1)", R"(x:sum{by="rule",host="b"} 2)"});
    w.source.add(model::Labels{{"__name__", "x"}, {"host", "a"}}, w.clock.now_ms() - 60'001, 1);
    w.source.add(model::Labels{{"__name__", "x"}, {"host", "b"}}, w.clock.now_ms(), model::stale_nan());
    w.minute();
    CHECK(w.take() == Lines{R"(x:sum{by="rule",host="a"} 1)", R"(x:sum{by="rule",host="b"} stale)"});
    CHECK(w.rule().health == Health::good);
    CHECK(w.rule().samples == 1);
}

TEST_CASE("a rule sees what the rules before it in its group wrote, and independent ones share a write") {
    World w(
        "groups:\n- name: g\n  rules:\n  - {record: a, expr: vector(1)}\n  - {record: b, expr: vector(2)}\n  - "
        "{record: c, expr: a + b}\n  - {alert: C, expr: c == 3}\n  - {record: d, expr: count(ALERTS)}\n");
    w.minute();
    w.take();
    w.minute();
    w.minute();
    const Lines log = w.take();
    CHECK(std::find(log.begin(), log.end(), "c 3") != log.end());
    CHECK(std::find(log.begin(), log.end(), "d 1") != log.end());
    w.writes = 0;
    w.minute();
    CHECK(w.writes == 4);  // a and b together
}

TEST_CASE("an alert is pending for its time, fires, and is resolved") {
    World w(ALERT);
    REQUIRE(w.loaded.ok());
    w.minute();
    w.minute();  // the states of an earlier run are looked for once
    w.take();
    w.sample("up", "a", 0);
    w.minute();
    CHECK(w.settled == Lines{"g 0"});
    CHECK(w.take_changes() == Lines{"Down inactive->pending a"});
    CHECK(w.rule().state() == AlertState::pending);
    CHECK(w.rule().alerts.at(0).annotations.at(0).second == "a 0");
    CHECK(w.take() == Lines{R"(ALERTS{alertname="Down",alertstate="pending",host="a"} 1)",
                            fmt::format(R"(ALERTS_FOR_STATE{{alertname="Down",host="a"}} {})",
                                        static_cast<double>(w.rule().alerts[0].active_at_ms / 1000))});
    w.sample("up", "a", 0);
    w.minute();
    CHECK(w.take_changes().empty());
    w.sample("up", "a", 0);
    w.take();
    w.minute();
    CHECK(w.take_changes() == Lines{"Down pending->firing a"});
    const Lines log = w.take();
    REQUIRE(log.size() == 3);
    CHECK(log[0] == R"(ALERTS{alertname="Down",alertstate="firing",host="a"} 1)");
    CHECK(log[2] == R"(ALERTS{alertname="Down",alertstate="pending",host="a"} stale)");
    w.sample("up", "a", 1);
    w.minute();
    CHECK(w.take_changes() == Lines{"Down firing->inactive a"});
    CHECK(w.take() == Lines{R"(ALERTS{alertname="Down",alertstate="firing",host="a"} stale)",
                            R"(ALERTS_FOR_STATE{alertname="Down",host="a"} stale)"});
    CHECK(w.rule().alerts.empty());
}

TEST_CASE("keep_firing_for holds an alert after its reason is gone") {
    World w(KEEPS);
    w.minute();
    w.minute();
    w.sample("up", "a", 0);
    w.minute();
    CHECK(w.take_changes() == Lines{"Down inactive->firing a"});
    w.sample("up", "a", 1);
    w.minute();
    CHECK(w.take_changes().empty());
    CHECK(w.rule().alerts.at(0).keep_firing_since_ms != 0);
    w.minute();
    CHECK(w.take_changes().empty());
    w.minute();
    CHECK(w.take_changes() == Lines{"Down firing->inactive a"});
}

TEST_CASE("a restart neither rings anew nor forgets what rang or waited") {
    World w("groups:\n- name: g\n  rules:\n  - {alert: Down, expr: up == 0, for: 30m}\n");
    w.minute();
    w.minute();
    for (int i = 0; i < 20; ++i) {
        w.sample("up", "long", 0);
        w.sample("up", "over", 0);
        w.minute();
    }
    for (int i = 0; i < 14; ++i) {
        for (const char* host : {"long", "over", "short"})
            w.sample("up", host, 0);
        w.minute();
    }
    CHECK(w.rule().alerts.size() == 3);
    w.take_changes();
    w.clock.advance_ms(120'000);  // down
    w.open();
    for (int i = 0; i < 2; ++i) {
        w.sample("up", "long", 0);
        w.sample("up", "short", 0);
        w.sample("up", "over", 1);
        w.sample("up", "new", 0);
        w.minute();
    }
    // long goes on firing and short goes on waiting untold; over ended while nobody looked
    CHECK(w.take_changes() == Lines{"Down firing->inactive over", "Down inactive->pending new"});
    std::map<std::string, AlertState> states;
    for (const Alert& alert : w.rule().alerts)
        states[std::string(alert.labels.get("host"))] = alert.state;
    CHECK(states == std::map<std::string, AlertState>{
                        {"long", AlertState::firing}, {"new", AlertState::pending}, {"short", AlertState::pending}});
    int minutes = 0;
    for (; minutes < 60 && w.changes.empty(); ++minutes) {
        for (const char* host : {"long", "short", "new"})
            w.sample("up", host, 0);
        w.minute();
    }
    REQUIRE(w.take_changes() == Lines{"Down pending->firing short"});
    CHECK(minutes >= 14);
    CHECK(minutes <= 20);
}

TEST_CASE("keep_firing_for goes on across a restart") {
    World w("groups:\n- name: g\n  rules:\n  - {alert: Down, expr: up == 0, keep_firing_for: 10m}\n");
    w.minute();
    w.minute();
    w.sample("up", "a", 0);
    w.minute();
    w.take_changes();
    w.sample("up", "a", 1);
    w.open();
    w.minute();
    w.minute();
    CHECK(w.take_changes().empty());
    CHECK(w.rule().state() == AlertState::firing);
    for (int i = 0; i < 10; ++i)
        w.minute();
    CHECK(w.take_changes() == Lines{"Down firing->inactive a"});
}

TEST_CASE("a reload keeps the states of what did not change, and ends the series of what is gone") {
    World w(
        "groups:\n- name: g\n  rules:\n  - {alert: Down, expr: up == 0, for: 2m}\n  - {record: old, expr: "
        "vector(1)}\n- name: h\n  rules:\n  - {record: gone, expr: vector(1)}\n");
    w.minute();
    w.minute();
    w.sample("up", "a", 0);
    w.minute();
    w.take_changes();
    w.take();
    w.write("rules.yml", "groups:\n- name: g\n  interval: 30s\n  rules:\n  - {alert: Down, expr: up < 1, for: 2m}\n");
    w.book->load_if_changed();
    CHECK(w.book->last_load().ok);
    CHECK(w.take() == Lines{"gone stale"});
    REQUIRE(w.book->groups().size() == 1);
    CHECK(w.book->groups()[0]->interval_ms == 30'000);
    CHECK(w.rule().state() == AlertState::pending);
    w.sample("up", "a", 0);
    w.clock.advance_ms(120'000);
    w.schedule->run_due();
    CHECK(w.take_changes() == Lines{"Down pending->firing a"});
    const Lines log = w.take();
    CHECK(std::find(log.begin(), log.end(), "old stale") != log.end());
}

TEST_CASE("wrong files keep the rules before, and say what is wrong") {
    World w(ALERT);
    w.write("rules.yml", "groups: 7\n");
    CHECK(!w.book->load().ok());
    CHECK(!w.book->last_load().ok);
    CHECK(w.book->last_load().errors.at(0).find("groups is a list") != std::string::npos);
    CHECK(w.book->groups().size() == 1);
    w.write("rules.yml", ALERT);
    CHECK(w.book->load().ok());
    World fresh("groups: 7\n");
    CHECK(!fresh.loaded.ok());
    fresh.write("other.yml", ALERT);
    fresh.open();
    CHECK(fresh.book->groups().size() == 1);  // at the start the good files count
}

TEST_CASE("a failed write or expression is shown, and told to nobody as an end") {
    World w(
        "groups:\n- name: g\n  limit: 1\n  rules:\n  - {record: r, expr: x}\n  - {record: s, expr: x * on (host) y}\n");
    w.sample("x", "a", 1);
    w.minute();
    CHECK(w.rule().health == Health::good);
    w.fails = true;
    w.minute();
    CHECK(w.rule().health == Health::bad);
    CHECK(w.rule().last_error == "writing failed: the queue is full");
    w.fails = false;
    w.take();
    w.sample("x", "b", 1);
    w.minute();
    CHECK(w.rule().last_error == "2 series, more than the limit of 1");
    CHECK(w.take().empty());
}

TEST_CASE("an alert limit drops all of a rule's alerts at once") {
    World w("groups:\n- name: g\n  limit: 1\n  rules:\n  - {alert: Down, expr: up == 0}\n");
    w.minute();
    w.minute();
    w.sample("up", "a", 0);
    w.minute();
    CHECK(w.take_changes() == Lines{"Down inactive->firing a"});
    w.sample("up", "a", 0);
    w.sample("up", "b", 0);
    w.minute();
    CHECK(w.take_changes() == Lines{"Down firing->inactive a"});
    CHECK(w.rule().last_error == "2 alerts, more than the limit of 1");
}

TEST_CASE("evaluations that were missed are left out and counted, and groups keep to their own times") {
    World w(ALERT);
    w.minute();
    const int64_t first = w.book->groups()[0]->evaluated_ms;
    w.clock.advance_ms(600'000);
    w.schedule->run_due();
    w.schedule->run_due();
    const auto view = w.book->groups()[0];
    CHECK((view->evaluated_ms - first) % 60'000 == 0);
    CHECK(view->missed == 8);
    CHECK(view->evaluated_ms <= w.clock.now_ms());
    CHECK(view->evaluated_ms > w.clock.now_ms() - 60'000);
}

TEST_CASE("the query offset moves what is read and what is written") {
    World w("groups:\n- name: g\n  query_offset: 1m\n  rules:\n  - {record: r, expr: timestamp(x)}\n");
    w.sample("x", "a", 1);
    w.minute();
    CHECK(w.take().empty());
    w.minute();
    CHECK(w.take().size() == 1);
}

TEST_CASE("threads evaluate what is due by themselves") {
    World w("groups:\n- name: g\n  interval: 10ms\n  rules:\n  - {record: r, expr: vector(1)}\n");
    RulesConfig config = w.config;
    std::atomic<int> written{0};
    Schedule schedule(system_clock(), 2);
    RuleBook book(RuleParts{.engine = w.engine,
                            .source = w.source,
                            .clock = system_clock(),
                            .config = config,
                            .limits = {},
                            .write = [&](std::string_view, std::span<const RuleSample>) -> Result<SinkOutcome> {
                                written.fetch_add(1);
                                written.notify_all();
                                return SinkOutcome{};
                            },
                            .changed = {},
                            .settled = {},
                            .external_url = ""},
                  schedule, nullptr);
    REQUIRE(book.load().ok());
    schedule.start();
    for (int seen = written.load(); seen < 2; seen = written.load())
        written.wait(seen);
    schedule.stop();
    CHECK(written.load() >= 2);
}

}  // namespace belfry::alarm
