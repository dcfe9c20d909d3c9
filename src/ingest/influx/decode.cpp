#include "ingest/influx/decode.h"

#include "base/bytes.h"
#include "base/number.h"

namespace belfry::ingest::influx {
namespace {

bool is_special(char c) {
    return c == ',' || c == ' ' || c == '=';
}

// What a refusal shows of a bad part.
std::string shown(std::string_view text) {
    constexpr size_t SHOWN_BYTES = 40;
    return std::string(text.substr(0, SHOWN_BYTES));
}

std::optional<bool> parse_bool(std::string_view token) {
    for (const std::string_view name : {"t", "T", "true", "True", "TRUE"}) {
        if (token == name) return true;
    }
    for (const std::string_view name : {"f", "F", "false", "False", "FALSE"}) {
        if (token == name) return false;
    }
    return std::nullopt;
}

// Integers beyond 2^53 lose their last digits: samples are doubles.
std::optional<double> parse_value(std::string_view token) {
    if (token.empty()) return std::nullopt;
    const char last = token.back();
    if (last == 'i') {
        const std::optional<int64_t> number = parse_int(token.substr(0, token.size() - 1));
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    if (last == 'u') {
        const std::optional<uint64_t> number = parse_uint(token.substr(0, token.size() - 1));
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    if (const std::optional<bool> truth = parse_bool(token)) return *truth ? 1 : 0;
    // Neither NaN nor infinities nor hexadecimal: the format has none of them.
    if (token.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
    const std::optional<double> number = parse_double(token);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

// Up to the first `stop` that no backslash precedes.
std::string_view take_part(std::string_view& rest, std::string_view stops) {
    size_t i = 0;
    while (i < rest.size() && stops.find(rest[i]) == std::string_view::npos)
        i += rest[i] == '\\' && i + 1 < rest.size() && is_special(rest[i + 1]) ? 2 : 1;
    const std::string_view part = rest.substr(0, i);
    rest.remove_prefix(part.size());
    return part;
}

void append_plain(std::string& out, std::string_view part, bool equals_too) {
    for (size_t i = 0; i < part.size(); i++) {
        const bool escape =
            part[i] == '\\' && i + 1 < part.size() && is_special(part[i + 1]) && (equals_too || part[i + 1] != '=');
        out += part[escape ? ++i : i];
    }
}

std::string_view plain(std::string_view part, std::vector<std::string>& arena) {
    if (part.find('\\') == std::string_view::npos) return part;
    append_plain(arena.emplace_back(), part, true);
    return arena.back();
}

}  // namespace

bool LineReader::at_break() const {
    if (at_ >= text_.size() || text_[at_] == '\n') return true;
    return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
}

Result<bool> LineReader::next(Line& line) {
    while (at_ < text_.size()) {
        const size_t begin = at_;
        const size_t end = std::min(text_.find('\n', begin), text_.size());
        line_number_ = next_number_++;
        while (text_[at_] == ' ' || text_[at_] == '\t') {
            if (++at_ == text_.size()) return false;
        }
        if (at_break() || text_[at_] == '#') {
            at_ = std::min(end + 1, text_.size());
            continue;
        }
        line_ = text_.substr(begin, end - begin);
        if (Status status = read(line); !status) {
            at_ = std::min(end + 1, text_.size());
            return std::move(status).error().context("line {}", line_number_);
        }
        if (at_ > end) {  // texts with line breaks
            line_ = text_.substr(begin, at_ - begin);
            next_number_ += static_cast<uint64_t>(std::count(line_.begin(), line_.end(), '\n'));
        }
        at_ = std::min(text_.find('\n', at_), text_.size());
        at_ = std::min(at_ + 1, text_.size());
        return true;
    }
    return false;
}

Status LineReader::read(Line& line) {
    line.fields.clear();
    line.time.reset();
    if (Status status = read_series(line); !status) return status;
    while (true) {
        if (Status status = read_field(line); !status) return status;
        if (line.fields.size() > FIELDS_MAX)
            return make_error(Code::invalid, "more than {} fields (FIELDS_MAX)", FIELDS_MAX);
        if (line.fields.size() * line.series.size() > LINE_SERIES_BYTES_MAX)
            return make_error(Code::invalid, "measurement and tags times fields come to more than {} bytes",
                              LINE_SERIES_BYTES_MAX);
        if (at_break()) return {};
        const char c = text_[at_++];
        if (c == ',') continue;
        if (c == ' ') return read_time(line);
        return make_error(Code::invalid, "a comma or a space was expected behind field {:?}",
                          shown(line.fields.back().key));
    }
}

Status LineReader::read_series(Line& line) {
    enum class In { measurement, key, value };
    In in = In::measurement;
    const size_t begin = at_;
    size_t part = at_;  // where the present part begins
    for (;; at_++) {
        if (at_ - begin > SERIES_BYTES_MAX)
            return make_error(Code::invalid, "measurement and tags of more than {} bytes", SERIES_BYTES_MAX);
        const bool ends = at_break() || text_[at_] == ' ';
        const char c = ends ? ' ' : text_[at_];
        if (c == '\\' && at_ + 1 < text_.size() && is_special(text_[at_ + 1])) {
            at_++;
            continue;
        }
        if (c == '=' && in == In::key) {
            if (at_ == part) return make_error(Code::invalid, "a tag without a name");
            in = In::value;
            part = at_ + 1;
            continue;
        }
        if (c == '=' && in == In::value)
            return make_error(Code::invalid, "a second = in a tag; in a value it is written \\=");
        if (c != ',' && c != ' ') continue;
        if (in == In::measurement && at_ == part) return make_error(Code::invalid, "the measurement is missing");
        if (in == In::key)
            return make_error(Code::invalid, "tag {:?} has no value", shown(text_.substr(part, at_ - part)));
        if (in == In::value && at_ == part) return make_error(Code::invalid, "a tag has an empty value");
        if (ends) break;
        in = In::key;
        part = at_ + 1;
    }
    line.series = text_.substr(begin, at_ - begin);
    while (at_ < text_.size() && text_[at_] == ' ')
        at_++;
    return at_break() ? make_error(Code::invalid, "fields are missing") : Status();
}

Status LineReader::read_field(Line& line) {
    const size_t begin = at_;
    while (!at_break() && text_[at_] != '=' && text_[at_] != ',' && text_[at_] != ' ')
        at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && is_special(text_[at_ + 1]) ? 2 : 1;
    Field field{.key = text_.substr(begin, at_ - begin)};
    if (field.key.empty()) return make_error(Code::invalid, "a field without a name");
    if (at_break() || text_[at_] != '=') return make_error(Code::invalid, "field {:?} has no value", shown(field.key));
    const size_t value = ++at_;
    if (at_ < text_.size() && text_[at_] == '"') {
        const size_t limit = std::min(text_.size(), value + 1 + TEXT_BYTES_MAX + 1);
        for (at_++; at_ < limit && text_[at_] != '"'; at_++)
            at_ += text_[at_] == '\\' && at_ + 1 < limit;
        if (at_ >= limit)
            return make_error(Code::invalid, "the text of field {:?} is not closed by a quote within {} bytes",
                              shown(field.key), TEXT_BYTES_MAX);
        field.is_text = true;
        field.text = text_.substr(value, ++at_ - value);
    } else {
        while (!at_break() && text_[at_] != ',' && text_[at_] != ' ')
            at_++;
        const std::string_view token = text_.substr(value, at_ - value);
        const std::optional<double> number = parse_value(token);
        if (!number)
            return make_error(Code::invalid, "{:?} of field {:?} is not a number, a boolean or a quoted text",
                              shown(token), shown(field.key));
        field.value = *number;
    }
    line.fields.push_back(field);
    return {};
}

Status LineReader::read_time(Line& line) {
    const size_t begin = std::min(text_.find_first_not_of(' ', at_), text_.size());
    at_ = begin;
    while (!at_break())
        at_++;
    std::string_view token = text_.substr(begin, at_ - begin);
    while (!token.empty() && token.back() == ' ')
        token.remove_suffix(1);
    if (token.empty()) return {};
    line.time = parse_int(token);
    return line.time ? Status() : make_error(Code::invalid, "{:?} is not a timestamp", shown(token));
}

void append_series(std::string& out, std::string_view db, std::string_view field, std::string_view series) {
    put_sized(out, db);
    put_sized(out, field);
    out += series;
}

Status InfluxLabels::decode(std::string_view wire,
                            std::vector<model::Label>& labels,
                            std::vector<std::string>& arena) const {
    ByteReader in(wire);
    std::string_view db;
    std::string_view field;
    if (!in.sized(&db) || !in.sized(&field)) return make_error(Code::invalid, "the series is cut");
    std::string_view rest(in.position(), in.left());
    // Views into the arena must not move: one string a tag's name, one a value, one for the metric's name.
    arena.reserve(arena.size() + 1 + 2 * static_cast<size_t>(std::count(rest.begin(), rest.end(), ',')));
    std::string& name = arena.emplace_back();
    append_plain(name, take_part(rest, ","), false);
    if (field != "value") {
        name += '_';
        append_plain(name, field, true);
    }
    labels.push_back({model::METRIC_NAME, name});
    bool has_db = db.empty();
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the comma
        const std::string_view key = plain(take_part(rest, "=,"), arena);
        if (rest.empty() || rest.front() != '=') return make_error(Code::invalid, "a tag has no value");
        rest.remove_prefix(1);
        labels.push_back({key, plain(take_part(rest, ","), arena)});
        has_db |= key == "db";
    }
    if (!has_db) labels.push_back({"db", db});
    return {};
}

const InfluxLabels& influx_labels() {
    static const InfluxLabels decoder;
    return decoder;
}

}  // namespace belfry::ingest::influx
