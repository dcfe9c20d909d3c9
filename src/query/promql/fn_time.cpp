#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

constexpr int64_t DAY_SECONDS = 86'400;

struct Civil {
    int64_t year = 0;
    int month = 0;  // 1-12
    int day = 0;    // 1-31
};

// Days since 1970-01-01 to the proleptic Gregorian calendar (algorithm: H. Hinnant, "chrono-compatible low-level date
// algorithms", civil_from_days).
Civil civil_of(int64_t days) {
    days += 719'468;
    const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const int64_t day_of_era = days - era * 146'097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted = (5 * day_of_year + 2) / 153;  // March is 0
    Civil out;
    out.day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
    out.month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
    out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
    return out;
}

bool leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(const Civil& c) {
    static constexpr int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return c.month == 2 && leap(c.year) ? 29 : DAYS[c.month - 1];
}

struct Instant {
    int64_t days = 0;
    int64_t second_of_day = 0;
};

Instant instant_of(double seconds) {
    const auto whole = static_cast<int64_t>(seconds);
    int64_t days = whole / DAY_SECONDS;
    if (whole % DAY_SECONDS < 0) days--;
    return {days, whole - days * DAY_SECONDS};
}

template <FunctionId ID>
double part_of(double seconds) {
    // Beyond this the calendar below would overflow; no clock shows it.
    if (std::isnan(seconds) || std::fabs(seconds) > 1e15) return std::numeric_limits<double>::quiet_NaN();
    const Instant at = instant_of(seconds);
    const auto weekday = [&] { return ((at.days + 4) % 7 + 7) % 7; };  // 1970-01-01 was a Thursday
    const Civil c = civil_of(at.days);
    switch (ID) {
        case FunctionId::minute: return static_cast<double>(at.second_of_day / 60 % 60);
        case FunctionId::hour: return static_cast<double>(at.second_of_day / 3600);
        case FunctionId::day_of_week: return static_cast<double>(weekday());
        case FunctionId::day_of_month: return c.day;
        case FunctionId::days_in_month: return days_in(c);
        case FunctionId::month: return c.month;
        case FunctionId::year: return static_cast<double>(c.year);
        case FunctionId::day_of_year: {
            static constexpr int BEFORE[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
            return BEFORE[c.month - 1] + c.day + (c.month > 2 && leap(c.year) ? 1 : 0);
        }
        default: return 0;
    }
}

// One row without labels that holds these values.
RowsPtr single_row(const Grid& grid, const std::vector<double>& values) {
    auto table = std::make_unique<Table>(grid);
    table->add({});
    std::copy(values.begin(), values.end(), table->values(0));
    return table;
}

std::vector<double> evaluation_times(const Grid& grid) {
    std::vector<double> out(grid.count);
    for (size_t i = 0; i < grid.count; i++) out[i] = static_cast<double>(grid.at(i)) / 1000;
    return out;
}

template <FunctionId ID>
Result<RowsPtr> calendar(Exec& exec, const Call& node, const Grid& grid) {
    RowsPtr rows = node.args.empty() ? single_row(grid, evaluation_times(grid)) : TRY(exec.vector(*node.args[0], grid));
    return map_rows(std::move(rows), true, [](double v, size_t) { return part_of<ID>(v); });
}

Result<RowsPtr> vector(Exec& exec, const Call& node, const Grid& grid) {
    return single_row(grid, TRY(exec.scalar(*node.args[0], grid)));
}

// Of a selector alone the time of the sample, of anything else the evaluation time.
class TimestampRows : public Rows {
  public:
    explicit TimestampRows(RowsPtr inner) : Rows(inner->grid()), inner_(std::move(inner)) {
        for (const Head& head : inner_->heads()) heads_.push_back({head.labels, true});
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }
    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        TRY(inner_->read(row, reader, out));
        for (size_t i = 0; i < out.count; i++)
            if (out.present(i)) out.values[i] = static_cast<double>(grid_.at(i)) / 1000;
        out.histograms->clear();
        return {};
    }

  private:
    RowsPtr inner_;
};

Result<RowsPtr> timestamp(Exec& exec, const Call& node, const Grid& grid) {
    if (const auto* selector = try_as<VectorSelector>(unwrap(*node.args[0])))
        return eval_selector(exec, *selector, grid, SelectorShows::time);
    return RowsPtr(std::make_unique<TimestampRows>(TRY(exec.vector(*node.args[0], grid))));
}

Result<RowsPtr> start_timestamp(Exec& exec, const Call& node, const Grid& grid) {
    if (const auto* selector = try_as<VectorSelector>(unwrap(*node.args[0])))
        return eval_selector(exec, *selector, grid, SelectorShows::start_time);
    return RowsPtr(std::make_unique<Table>(grid));  // an expression has no start times
}

Result<std::vector<double>> time(Exec&, const Call&, const Grid& grid) { return evaluation_times(grid); }

std::vector<double> constant_seconds(const Grid& grid, int64_t ms) {
    return std::vector<double>(grid.count, static_cast<double>(ms) / 1000);
}
Result<std::vector<double>> start(Exec& exec, const Call&, const Grid& grid) {
    return constant_seconds(grid, exec.setup().query_grid.start_ms);
}
Result<std::vector<double>> end(Exec& exec, const Call&, const Grid& grid) {
    return constant_seconds(grid, exec.setup().query_end_ms);
}
Result<std::vector<double>> range(Exec& exec, const Call&, const Grid& grid) {
    return constant_seconds(grid, exec.setup().query_end_ms - exec.setup().query_grid.start_ms);
}
Result<std::vector<double>> step(Exec& exec, const Call&, const Grid& grid) {
    return constant_seconds(grid, exec.setup().query_step_ms);
}

template <FunctionId ID>
constexpr Binding calendar_binding() {
    return {.id = ID, .vector = calendar<ID>};
}

}  // namespace

std::span<const Binding> time_functions() {
    static const Binding BINDINGS[] = {
        calendar_binding<FunctionId::minute>(),       calendar_binding<FunctionId::hour>(),
        calendar_binding<FunctionId::day_of_week>(),  calendar_binding<FunctionId::day_of_month>(),
        calendar_binding<FunctionId::day_of_year>(),  calendar_binding<FunctionId::days_in_month>(),
        calendar_binding<FunctionId::month>(),        calendar_binding<FunctionId::year>(),
        {.id = FunctionId::vector, .vector = promql::vector},
        {.id = FunctionId::timestamp, .vector = promql::timestamp},
        {.id = FunctionId::start_timestamp, .vector = promql::start_timestamp},
        {.id = FunctionId::time, .scalar = promql::time},
        {.id = FunctionId::start, .scalar = promql::start},
        {.id = FunctionId::end, .scalar = promql::end},
        {.id = FunctionId::range, .scalar = promql::range},
        {.id = FunctionId::step, .scalar = promql::step},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
