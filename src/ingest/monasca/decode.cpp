#include "ingest/monasca/decode.h"

#include "base/json.h"
#include "base/utf8.h"

#include <charconv>

namespace belfry::ingest::monasca {
namespace {

constexpr int DEPTH_MAX = 32;
constexpr double TIME_MS_MAX = 9e15;  // every whole number below is a double

constexpr std::string_view DIMENSION_FORBIDDEN = "<>={},\"\\;&";
constexpr std::string_view NAME_FORBIDDEN = "<>={}(),\"\\;& ";

constexpr uint8_t IN_DIMENSION = 1;  // forbidden in dimensions
constexpr uint8_t IN_NAME = 2;       // forbidden in names
constexpr uint8_t NOT_BLANK = 4;
constexpr uint8_t SPECIAL = 8;  // ends the plain part of a JSON string: quote, backslash, control, beyond ASCII

/// What a byte is.
constexpr std::array<uint8_t, 256> BYTES = [] {
    std::array<uint8_t, 256> out{};
    for (size_t c = 0; c < 256; c++) {
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out[c] |= NOT_BLANK;
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') out[c] |= SPECIAL;
    }
    for (const char c : DIMENSION_FORBIDDEN)
        out[static_cast<uint8_t>(c)] |= IN_DIMENSION;
    for (const char c : NAME_FORBIDDEN)
        out[static_cast<uint8_t>(c)] |= IN_NAME;
    return out;
}();

size_t characters_of(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string shown(std::string_view text) {
    std::string out(text.substr(0, 80));
    out.resize(utf8_prefix(out));
    return out;
}

bool is_blank(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
}

/// "" or a sentence. `what`: "dimension value".
std::string check_text(std::string_view what, std::string_view text, uint8_t forbidden) {
    if (text.empty() || is_blank(text)) return fmt::format("{} is empty", what);
    uint8_t seen = 0;
    for (const char c : text)
        seen |= BYTES[static_cast<uint8_t>(c)];
    if ((seen & forbidden) != 0)
        return fmt::format("{} \"{}\" has one of the characters {}", what, shown(text),
                           forbidden == IN_NAME ? NAME_FORBIDDEN : DIMENSION_FORBIDDEN);
    if (text.size() > TEXT_CHARACTERS_MAX && characters_of(text) > TEXT_CHARACTERS_MAX)
        return fmt::format("{} \"{}...\" has {} characters, limit {}", what, shown(text), characters_of(text),
                           TEXT_CHARACTERS_MAX);
    return "";
}

Status refuse_if(std::string wrong) {
    if (wrong.empty()) return {};
    return Error{Code::invalid, std::move(wrong)};
}

bool append_escape(std::string_view quoted, size_t& i, std::string& out) {
    const auto hex4 = [&](size_t at, uint32_t& code) {
        if (at + 4 > quoted.size()) return false;
        const auto [end, bad] = std::from_chars(quoted.data() + at, quoted.data() + at + 4, code, 16);
        return bad == std::errc() && end == quoted.data() + at + 4;
    };
    switch (quoted[i]) {
        case '"':
        case '\\':
        case '/': out += quoted[i]; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'u': {
            uint32_t code = 0;
            if (!hex4(i + 1, code)) return false;
            i += 4;
            if (code >= 0xdc00 && code < 0xe000) return false;
            if (code >= 0xd800 && code < 0xdc00) {
                uint32_t low = 0;
                if (i + 2 >= quoted.size() || quoted[i + 1] != '\\' || quoted[i + 2] != 'u' || !hex4(i + 3, low))
                    return false;
                if (low < 0xdc00 || low >= 0xe000) return false;
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                i += 6;
            }
            append_utf8(out, code);
            break;
        }
        default: return false;
    }
    i++;
    return true;
}

/// The text of a JSON string without its quotes; false when an escape is none, or the text no UTF-8.
bool unescape(std::string_view inside, std::string& out) {
    out.clear();
    for (size_t i = 0; i < inside.size();) {
        if (inside[i] != '\\') {
            out += inside[i++];
            continue;
        }
        if (++i == inside.size() || !append_escape(inside, i, out)) return false;
    }
    return is_utf8(out);
}

}  // namespace

std::string check_dimension_key(std::string_view key, std::string_view more_forbidden) {
    std::string wrong = check_text("dimension key", key, IN_DIMENSION);
    if (wrong.empty() && key.front() == '_') wrong = fmt::format("dimension key \"{}\" begins with _", shown(key));
    if (wrong.empty() && key.find_first_of(more_forbidden) != std::string_view::npos)
        wrong = fmt::format("dimension key \"{}\" has one of the characters {}{}", shown(key), DIMENSION_FORBIDDEN,
                            more_forbidden);
    return wrong;
}

std::string check_dimension_value(std::string_view value) {
    return check_text("dimension value", value, IN_DIMENSION);
}

Error MetricReader::broken(std::string_view what) const {
    return make_error(Code::corrupt, "the body is no JSON: {} at byte {}", what, p_ - begin_);
}

void MetricReader::skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r'))
        p_++;
}

Status MetricReader::expect(char c) {
    skip_space();
    if (p_ == end_ || *p_ != c) return broken(fmt::format("no '{}'", c));
    p_++;
    return {};
}

Status MetricReader::read_text(std::string_view& out) {
    const char* from = p_;
    if (p_ == end_ || *p_ != '"') return broken("no text");
    p_++;
    plain_ = true;
    seen_ = 0;
    for (;;) {
        while (p_ != end_ && (BYTES[static_cast<uint8_t>(*p_)] & SPECIAL) == 0)
            seen_ |= BYTES[static_cast<uint8_t>(*p_++)];
        if (p_ == end_) break;
        const auto c = static_cast<uint8_t>(*p_++);
        if (c == '"') {
            out = {from, static_cast<size_t>(p_ - from)};
            if (plain_) return {};
            return unquoted(out).ok() ? Status() : broken("a text with a bad escape or bytes that are not UTF-8");
        }
        if (c < 0x20) return broken("a control character in a text");
        plain_ = false;
        if (c == '\\') {
            if (p_ == end_) break;
            p_++;
        }
    }
    return broken("a text without an end");
}

Result<std::string_view> MetricReader::unquoted(std::string_view quoted) {
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    if (plain_) return inside;
    if (!unescape(inside, scratch_)) return broken("a text with a bad escape or bytes that are not UTF-8");
    return std::string_view(scratch_);
}

/// Most texts are seen to be right while they are read.
bool MetricReader::is_right(std::string_view quoted, uint8_t forbidden) const {
    return plain_ && (seen_ & forbidden) == 0 && (seen_ & NOT_BLANK) != 0 && quoted.size() <= TEXT_CHARACTERS_MAX + 2;
}

/// NaN and infinities, which JSON does not know but some senders write, are numbers here that no check lets pass.
Status MetricReader::read_number(double& out, bool& is_number) {
    is_number = false;
    const char* from = p_;
    const bool word_begins = p_ != end_ && (*p_ == 'N' || *p_ == 'I' || (*p_ == '-' && p_ + 1 != end_ && p_[1] == 'I'));
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (!word_begins) break;
        if (!std::string_view(p_, static_cast<size_t>(end_ - p_)).starts_with(word)) continue;
        p_ += word.size();
        out = std::numeric_limits<double>::quiet_NaN();
        is_number = true;
        return {};
    }
    if (p_ == end_ || *p_ == 'N' || *p_ == 'I') return broken("no value");
    if (*p_ != '-' && (*p_ < '0' || *p_ > '9')) return skip_value(DEPTH_MAX);
    const auto digits = [&] {
        const char* start = p_;
        while (p_ != end_ && *p_ >= '0' && *p_ <= '9')
            p_++;
        return p_ - start;
    };
    if (*p_ == '-') p_++;
    const char* whole = p_;
    const auto whole_digits = digits();
    if (whole_digits == 0 || (whole_digits > 1 && *whole == '0')) return broken("a bad number");
    if (p_ != end_ && *p_ == '.') {
        p_++;
        if (digits() == 0) return broken("a bad number");
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
        p_++;
        if (p_ != end_ && (*p_ == '+' || *p_ == '-')) p_++;
        if (digits() == 0) return broken("a bad number");
    }
    const auto [at, bad] = std::from_chars(from, p_, out);
    // too small for a double is 0, too large infinite
    if (bad == std::errc::result_out_of_range) out = std::strtod(std::string(from, p_).c_str(), nullptr);
    is_number = true;
    return {};
}

Status MetricReader::skip_value(int depth) {
    skip_space();
    if (p_ == end_) return broken("no value");
    if (depth == 0) return broken("too deep");
    std::string_view text;
    if (*p_ == '"') return read_text(text);
    if (*p_ == '{' || *p_ == '[') {
        const bool object = *p_ == '{';
        const char close = object ? '}' : ']';
        p_++;
        skip_space();
        if (p_ != end_ && *p_ == close) {
            p_++;
            return {};
        }
        for (;;) {
            skip_space();
            if (object) {
                TRY(read_text(text));
                TRY(expect(':'));
            }
            TRY(skip_value(depth - 1));
            skip_space();
            if (p_ != end_ && *p_ == ',') {
                p_++;
                continue;
            }
            return expect(close);
        }
    }
    const std::string_view rest(p_, static_cast<size_t>(end_ - p_));
    for (const std::string_view word : {"true", "false", "null"}) {
        if (!rest.starts_with(word)) continue;
        p_ += word.size();
        return {};
    }
    double number = 0;
    bool is_number = false;
    if (*p_ != '-' && *p_ != 'N' && *p_ != 'I' && (*p_ < '0' || *p_ > '9')) return broken("no value");
    TRY(read_number(number, is_number));
    return is_number ? Status() : broken("no value");
}

Status MetricReader::read_dimensions(std::string_view& out) {
    const char* from = p_;
    if (std::string_view(p_, static_cast<size_t>(end_ - p_)).starts_with("null")) {
        p_ += 4;
        out = {};
        return {};
    }
    if (*p_ != '{') {
        TRY(skip_value(DEPTH_MAX));
        return make_error(Code::invalid, "dimensions is not an object");
    }
    p_++;
    skip_space();
    if (p_ != end_ && *p_ == '}') {
        p_++;
        out = {};
        return {};
    }
    std::string_view text;
    for (;;) {
        skip_space();
        TRY(read_text(text));
        if (!is_right(text, IN_DIMENSION) || text[1] == '_') TRY(refuse_if(check_dimension_key(TRY(unquoted(text)))));
        TRY(expect(':'));
        skip_space();
        if (p_ == end_ || *p_ != '"') {
            TRY(skip_value(DEPTH_MAX));
            return make_error(Code::invalid, "the value of a dimension is not a text");
        }
        TRY(read_text(text));
        if (!is_right(text, IN_DIMENSION)) TRY(refuse_if(check_dimension_value(TRY(unquoted(text)))));
        skip_space();
        if (p_ != end_ && *p_ == ',') {
            p_++;
            continue;
        }
        TRY(expect('}'));
        out = {from, static_cast<size_t>(p_ - from)};
        return {};
    }
}

Status MetricReader::read_value_meta(std::string_view& out) {
    const char* from = p_;
    const bool object = *p_ == '{';
    TRY(skip_value(DEPTH_MAX));
    const std::string_view text(from, static_cast<size_t>(p_ - from));
    out = {};
    if (text == "null" || text == "{}") return {};
    if (!object) return make_error(Code::invalid, "value_meta is not an object");
    // seldom there: a tree is cheap enough
    const JsonView meta = TRY(JsonView::parse(text));
    const std::vector<std::string> keys = meta.keys();
    if (keys.empty()) return {};
    if (keys.size() > VALUE_META_KEYS_MAX)
        return make_error(Code::invalid, "value_meta has {} keys, limit {}", keys.size(), VALUE_META_KEYS_MAX);
    for (const std::string& key : keys) {
        if (key.empty()) return make_error(Code::invalid, "a key of value_meta is empty");
        if (characters_of(key) > TEXT_CHARACTERS_MAX)
            return make_error(Code::invalid, "a key of value_meta has {} characters, limit {}", characters_of(key),
                              TEXT_CHARACTERS_MAX);
    }
    if (const size_t characters = characters_of(meta.dump()); characters > VALUE_META_CHARACTERS_MAX)
        return make_error(Code::invalid, "value_meta has {} characters, limit {}", characters,
                          VALUE_META_CHARACTERS_MAX);
    out = text;
    return {};
}

Status MetricReader::read_metric(Metric& metric) {
    metric = {};
    skip_space();
    if (p_ == end_ || *p_ != '{') {
        TRY(skip_value(DEPTH_MAX));
        return make_error(Code::invalid, "it is not an object");
    }
    p_++;
    bool has_time = false;
    bool has_value = false;
    double time = 0;
    skip_space();
    if (p_ != end_ && *p_ == '}') return make_error(Code::invalid, "name is missing");
    for (;;) {
        skip_space();
        std::string_view text;
        TRY(read_text(text));
        const std::string_view member = text.substr(1, text.size() - 2);
        TRY(expect(':'));
        skip_space();
        if (p_ == end_) return broken("no value");
        if (member == "name") {
            if (*p_ != '"') {
                TRY(skip_value(DEPTH_MAX));
                return make_error(Code::invalid, "name is not a text");
            }
            TRY(read_text(metric.name));
            if (!is_right(metric.name, IN_NAME))
                TRY(refuse_if(check_text("name", TRY(unquoted(metric.name)), IN_NAME)));
        } else if (member == "dimensions") {
            TRY(read_dimensions(metric.dimensions));
        } else if (member == "timestamp") {
            TRY(read_number(time, has_time));
            if (!has_time || !(time >= 0 && time < TIME_MS_MAX))
                return make_error(Code::invalid, "timestamp is not a number of milliseconds since 1970");
        } else if (member == "value") {
            TRY(read_number(metric.value, has_value));
            if (!has_value || !std::isfinite(metric.value))
                return make_error(Code::invalid, "value is not a finite number");
        } else if (member == "value_meta") {
            TRY(read_value_meta(metric.value_meta));
        } else {
            TRY(skip_value(DEPTH_MAX));
        }
        skip_space();
        if (p_ != end_ && *p_ == ',') {
            p_++;
            continue;
        }
        TRY(expect('}'));
        break;
    }
    if (metric.name.empty()) return make_error(Code::invalid, "name is missing");
    if (!has_time) return make_error(Code::invalid, "timestamp is missing");
    if (!has_value) return make_error(Code::invalid, "value is missing");
    metric.time_ms = static_cast<int64_t>(time);
    return {};
}

Result<bool> MetricReader::next(Metric& metric) {
    const auto at_end = [&]() -> Result<bool> {
        skip_space();
        if (p_ != end_) return broken("more behind the end");
        done_ = true;
        return false;
    };
    if (done_) return false;
    skip_space();
    if (!started_) {
        started_ = true;
        array_ = p_ != end_ && *p_ == '[';
        if (array_) {
            p_++;
            skip_space();
            if (p_ != end_ && *p_ == ']') {
                p_++;
                return at_end();
            }
        }
    } else if (!array_) {
        return at_end();
    } else if (p_ != end_ && *p_ == ',') {
        p_++;
    } else {
        TRY(expect(']'));
        return at_end();
    }
    if (Status read = read_metric(metric); !read.ok()) {
        if (read.error().code == Code::corrupt || !array_) return std::move(read).error();
        return std::move(read).error().context("metric {}", count_);
    }
    count_++;
    return true;
}

const MonascaLabels& monasca_labels() {
    static const MonascaLabels labels;
    return labels;
}

Status MonascaLabels::decode(std::string_view wire,
                             std::vector<model::Label>& labels,
                             std::vector<std::string>& arena) const {
    // a name, then pairs: every second text is a key
    std::vector<std::string> texts;
    for (size_t i = 0; i < wire.size();) {
        if (wire[i] != '"') {
            i++;
            continue;
        }
        const size_t from = ++i;
        while (i < wire.size() && wire[i] != '"')
            i += wire[i] == '\\' ? 2 : 1;
        std::string text;
        if (i >= wire.size() || !unescape(wire.substr(from, i - from), text))
            return make_error(Code::invalid, "a series that is no JSON");
        texts.push_back(std::move(text));
        i++;
    }
    if (texts.size() % 2 != 1) return make_error(Code::invalid, "a series that is no JSON");
    const auto keep = [&](std::string text) -> std::string_view { return arena.emplace_back(std::move(text)); };
    const size_t first = labels.size();
    arena.reserve(arena.size() + texts.size());
    labels.push_back({model::METRIC_NAME, keep(std::move(texts[0]))});
    for (size_t i = 1; i < texts.size(); i += 2) {
        const std::string_view value = keep(std::move(texts[i + 1]));
        const auto twice = std::find_if(labels.begin() + static_cast<std::ptrdiff_t>(first), labels.end(),
                                        [&](const model::Label& label) { return label.name == texts[i]; });
        if (twice != labels.end())
            twice->value = value;
        else
            labels.push_back({keep(std::move(texts[i])), value});
    }
    return {};
}

}  // namespace belfry::ingest::monasca
