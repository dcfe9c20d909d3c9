#include "ingest/graphite/map.h"

namespace belfry::ingest::graphite {

void PointMapper::clear(WireBatch& batch) {
    batch.clear();
    batch.decoder = &graphite_labels();
    paths_.clear();
    bad_ = {};
    line_number_ = 0;
}

void PointMapper::add(const Point& point, WireBatch& batch) {
    batch.add_series(point.series);
    batch.add_sample(point.time_ms, point.value);
}

void PointMapper::add_lines(std::string_view lines, int64_t now_ms, WireBatch& batch) {
    while (!lines.empty()) {
        const size_t end = lines.find('\n');
        std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end, lines.size() - 1) + 1);
        line_number_++;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        if (line.size() > line_bytes_max_) {
            bad_.add(
                line_number_,
                fmt::format("a line of {} bytes, limit {} (graphite.message_bytes_max)", line.size(), line_bytes_max_),
                line);
            continue;
        }
        const Result<Point> point = decode_line(line, now_ms);
        if (point.ok())
            add(*point, batch);
        else
            bad_.add(line_number_, point.error().message, line);
    }
}

void PointMapper::add_pickle(std::string_view bytes, int64_t now_ms, WireBatch& batch) {
    Status read = pickle_.read(bytes);
    if (read.ok() && pickle_.kind(pickle_.root()) != Pickle::Kind::sequence)
        read = make_error(Code::invalid, "the pickle is not a list of points");
    if (!read.ok()) return bad_.add(0, read.error().message, "");
    for (const Pickle::Index item : pickle_.items(pickle_.root())) {
        if (Status added = add_item(item, now_ms, batch); !added.ok()) bad_.add(0, added.error().message, "");
    }
}

// carbon takes numbers in quotes, too.
Result<double> PointMapper::number_of(Pickle::Index value) const {
    std::optional<double> out;
    switch (pickle_.kind(value)) {
        case Pickle::Kind::boolean:
        case Pickle::Kind::number: out = pickle_.number(value); break;
        case Pickle::Kind::text: out = decode_value(pickle_.text(value)); break;
        default: break;
    }
    if (!out || std::isnan(*out)) return make_error(Code::invalid, "a value or time that is not a number");
    return *out;
}

Status PointMapper::add_item(Pickle::Index item, int64_t now_ms, WireBatch& batch) {
    const auto is_pair = [&](Pickle::Index value) {
        return pickle_.kind(value) == Pickle::Kind::sequence && pickle_.items(value).size() == 2;
    };
    if (!is_pair(item) || !is_pair(pickle_.items(item)[1]) ||
        pickle_.kind(pickle_.items(item)[0]) != Pickle::Kind::text)
        return make_error(Code::invalid, "a point is (path, (time, value))");
    const std::string_view path = pickle_.text(pickle_.items(item)[0]);
    const std::vector<Pickle::Index>& sample = pickle_.items(pickle_.items(item)[1]);
    const double seconds = TRY(number_of(sample[0]));
    const std::optional<int64_t> time_ms = decode_time(seconds, now_ms);
    if (!time_ms) return make_error(Code::invalid, "time {} is not a number of seconds", seconds);
    // the pickle's own texts live until the next pickle is read, a batch may live longer
    add({.series = paths_.emplace_back(path), .value = TRY(number_of(sample[1])), .time_ms = *time_ms}, batch);
    return {};
}

}  // namespace belfry::ingest::graphite
