#include "codec/time_column.h"

#include "codec/integer_column.h"

// Format: an integer column (integer_column.cpp) of the times. Regular times are its "straight line", jittered ones its
// "distances from a line", drifting ones its differences.

namespace belfry::codec {
namespace {

int64_t rounded_to(int64_t value, int64_t unit) {
    return value > 0 && value < INT64_MAX - unit ? (value + unit / 2) / unit * unit : value;
}

}  // namespace

void encode_times(std::span<const int64_t> times, std::string& out) {
    if (times.size() < 3) {
        encode_integers(times, out);
        return;
    }
    // Candidates for the interval: the mean, the medians of near and of wide steps (gaps spoil the mean, jitter the
    // near steps), and these rounded to what people configure.
    std::vector<int64_t> slopes;
    const auto difference = [&](size_t from, size_t to) {
        return static_cast<int64_t>(static_cast<uint64_t>(times[to]) - static_cast<uint64_t>(times[from]));
    };
    std::vector<int64_t> steps;
    for (const size_t width : {size_t{1}, std::min<size_t>(64, times.size() / 2)}) {
        steps.clear();
        for (size_t i = 0; i + width < times.size(); i++)
            steps.push_back(difference(i, i + width));
        const auto middle = steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2);
        std::nth_element(steps.begin(), middle, steps.end());
        const auto wide = static_cast<int64_t>(width);
        slopes.push_back(*middle > 0 && *middle < INT64_MAX - wide ? (*middle + wide / 2) / wide : *middle / wide);
    }
    slopes.push_back(difference(0, times.size() - 1) / static_cast<int64_t>(times.size() - 1));
    for (size_t i = slopes.size(); i-- > 0;) {
        for (const int64_t unit : {int64_t{100}, int64_t{1000}})
            slopes.push_back(rounded_to(slopes[i], unit));
    }
    std::sort(slopes.begin(), slopes.end());
    slopes.erase(std::unique(slopes.begin(), slopes.end()), slopes.end());
    encode_integers(times, out, slopes);
}

Status decode_times(std::string_view bytes, std::span<int64_t> out) {
    return decode_integers(bytes, out).context("time column");
}

Hash128 hash_times(std::span<const int64_t> times) {
    return hash128({reinterpret_cast<const char*>(times.data()), times.size_bytes()});
}

}  // namespace belfry::codec
