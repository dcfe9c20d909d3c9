#include "alarm/anomaly/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace belfry::alarm {
namespace {

constexpr size_t COARSE_MAX = 2'000;       // values of the first look: 2,000 x 1,000 products
constexpr double CORRELATION_LEAST = 0.3;  // below it a season explains less than a tenth

struct Line {
    double start = 0;
    double slope = 0;
};

Line line_of(const History& values) {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        if (!values[i]) continue;
        const auto x = static_cast<double>(i);
        n += 1;
        sx += x;
        sy += *values[i];
        sxx += x * x;
        sxy += x * *values[i];
    }
    const double d = n * sxx - sx * sx;
    if (n < 2 || d == 0) return {.start = n > 0 ? sy / n : 0, .slope = 0};
    const double slope = (n * sxy - sx * sy) / d;
    return {.start = (sy - slope * sx) / n, .slope = slope};
}

/// Without the line; missing values lie between their neighbours, or on the line where they have none.
std::vector<double> detrended(const History& values) {
    const Line line = line_of(values);
    std::vector<double> out(values.size(), 0);
    std::optional<size_t> last;
    for (size_t i = 0; i < values.size(); ++i) {
        if (!values[i]) continue;
        out[i] = *values[i] - line.start - line.slope * static_cast<double>(i);
        for (size_t k = last ? *last + 1 : i; k < i; ++k)
            out[k] =
                out[*last] + (out[i] - out[*last]) * static_cast<double>(k - *last) / static_cast<double>(i - *last);
        last = i;
    }
    return out;
}

double correlation(const std::vector<double>& v, size_t lag, double power) {
    double sum = 0;
    for (size_t i = lag; i < v.size(); ++i)
        sum += v[i] * v[i - lag];
    // as if all pairs were there: else long seasons would always look weaker than short ones
    return sum / power * static_cast<double>(v.size()) / static_cast<double>(v.size() - lag);
}

}  // namespace

size_t find_cycle(const History& history) {
    if (history.size() < 12) return 0;
    const size_t merge = (history.size() + COARSE_MAX - 1) / COARSE_MAX;
    History coarse;
    for (size_t from = 0; from + merge <= history.size(); from += merge) {
        double sum = 0;
        int count = 0;
        for (size_t i = from; i < from + merge; ++i) {
            if (!history[i]) continue;
            sum += *history[i];
            ++count;
        }
        coarse.push_back(count > 0 ? std::optional(sum / count) : std::nullopt);
    }
    const std::vector<double> v = detrended(coarse);
    double power = 0;
    for (const double x : v)
        power += x * x;
    if (!(power > 0)) return 0;
    const size_t lags = v.size() / 2;
    std::vector<double> by_lag(lags + 1, 1);
    for (size_t lag = 1; lag <= lags; ++lag)
        by_lag[lag] = correlation(v, lag, power);
    // neighbours are always alike: a season shows only after the correlation has fallen once
    size_t first = 1;
    while (first <= lags && by_lag[first] > 0)
        ++first;
    const double least = std::max(CORRELATION_LEAST, 3 / std::sqrt(static_cast<double>(v.size())));
    double best = 0;
    std::vector<size_t> peaks;
    for (size_t lag = first + 1; lag + 1 <= lags; ++lag) {
        if (by_lag[lag] < least || by_lag[lag] < by_lag[lag - 1] || by_lag[lag] < by_lag[lag + 1]) continue;
        peaks.push_back(lag);
        best = std::max(best, by_lag[lag]);
    }
    // multiples of a season are as good as itself: the shortest that is nearly the best
    const auto found = std::find_if(peaks.begin(), peaks.end(), [&](size_t lag) { return by_lag[lag] >= 0.9 * best; });
    if (found == peaks.end()) return 0;
    if (merge == 1) return *found;
    const std::vector<double> fine = detrended(history);
    double fine_power = 0;
    for (const double x : fine)
        fine_power += x * x;
    size_t out = *found * merge;
    double top = -1;
    for (size_t lag = (*found - 1) * merge; lag <= (*found + 1) * merge && lag < fine.size(); ++lag) {
        const double c = correlation(fine, lag, fine_power);
        if (c > top) {
            top = c;
            out = lag;
        }
    }
    return out;
}

double forecast_error(const DetectorSpec& spec, size_t cycle, const History& history) {
    const std::unique_ptr<Detector> detector = make_detector(spec, cycle);
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < history.size(); ++i) {
        const std::optional<Verdict> verdict = detector->see(history[i]);
        if (!verdict || i < history.size() / 2) continue;
        if (!std::isfinite(verdict->expected)) continue;
        const double wrong = *history[i] - verdict->expected;
        sum += wrong * wrong;
        ++count;
    }
    // one that is silent for most of it is not compared
    if (count * 4 < history.size() - history.size() / 2) return std::numeric_limits<double>::infinity();
    return std::sqrt(sum / static_cast<double>(count));
}

Choice choose_detector(const DetectorSpec& wish, const History& history) {
    Choice out;
    out.cycle = find_cycle(history);
    struct Candidate {
        std::string name;
        DetectorSpec spec;
        double error = 0;
    };
    std::vector<Candidate> candidates;
    const auto add = [&](std::string name, std::string_view type, double multiplicative = 0) {
        DetectorSpec spec = wish;
        spec.type = type;
        if (multiplicative > 0) spec.numbers["multiplicative"] = multiplicative;
        const double error = forecast_error(spec, out.cycle, history);
        candidates.push_back({.name = std::move(name), .spec = std::move(spec), .error = error});
    };
    // the simplest first
    add("ewma", "ewma");
    add("pewma", "pewma");
    add("naive", "naive");
    add("sma", "sma");
    if (out.cycle > 1) {
        add("seasonal_naive", "seasonal_naive");
        add("holt_winters", "holt_winters");
        const bool positive = std::all_of(history.begin(), history.end(), [](const auto& v) { return !v || *v > 0; });
        if (positive) add("holt_winters multiplicative", "holt_winters", 1);
    }
    size_t best = 0;
    for (size_t i = 1; i < candidates.size(); ++i)
        if (candidates[i].error < 0.99 * candidates[best].error) best = i;
    out.spec = candidates[best].spec;
    if (out.cycle > 1 && (out.spec.type == "seasonal_naive" || out.spec.type == "holt_winters"))
        out.spec.numbers["cycle"] = static_cast<double>(out.cycle);
    for (const Candidate& c : candidates)
        out.errors.emplace_back(c.name, c.error);
    std::stable_sort(out.errors.begin(), out.errors.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
    return out;
}

Choice settle_detector(const DetectorSpec& wish, const History& history) {
    if (wish.type == "auto") return choose_detector(wish, history);
    Choice out;
    out.spec = wish;
    const bool seasonal = wish.type == "holt_winters" || wish.type == "seasonal_naive";
    const auto named = wish.numbers.find("cycle");
    if (!seasonal) return out;
    out.cycle = named != wish.numbers.end() ? static_cast<size_t>(named->second) : find_cycle(history);
    if (out.cycle > 1) {
        out.spec.numbers["cycle"] = static_cast<double>(out.cycle);
        return out;
    }
    out.spec.type = "ewma";  // no season in the history: what needs one would never say anything
    std::erase_if(out.spec.numbers,
                  [](const auto& n) { return n.first == "gamma" || n.first == "multiplicative" || n.first == "beta"; });
    return out;
}

}  // namespace belfry::alarm
