#include "ingest/otlp/json.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/number.h"
#include "base/utf8.h"

#include <cmath>

namespace belfry::ingest::otlp {
namespace {

constexpr int DEPTH_MAX = 64;
/// A length written before it is known: a varint of always five bytes (35 bits), which every reader takes.
constexpr size_t LENGTH_BYTES = 5;

enum Wire : uint32_t { VARINT = 0, FIXED64 = 1, BYTES = 2 };

void put_tag(std::string& out, uint32_t number, Wire wire) {
    put_varint(out, uint64_t{number} << 3 | wire);
}

void set_length(std::string& out, size_t at) {
    uint64_t length = out.size() - at - LENGTH_BYTES;
    for (size_t i = 0; i < LENGTH_BYTES; ++i, length >>= 7)
        out[at + i] = static_cast<char>((length & 127) | (i + 1 < LENGTH_BYTES ? 128 : 0));
}

bool same_name(std::string_view sent, std::string_view camel) {
    if (sent == camel) return true;
    size_t at = 0;  // "time_unix_nano" is timeUnixNano, too
    for (size_t i = 0; i < sent.size(); ++i, ++at) {
        char c = sent[i];
        if (c == '_' && i + 1 < sent.size()) {
            c = sent[++i];
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        }
        if (at == camel.size() || c != camel[at]) return false;
    }
    return at == camel.size();
}

/// Reads JSON once, from left to right, and writes protobuf.
class Transcoder {
  public:
    Transcoder(std::string_view json, std::string& out)
        : at_(json.data()), end_(json.data() + json.size()), out_(out) {}

    Status run(const JsonMessage& message) {
        skip_blanks();
        if (!object(message, 0)) return error();
        skip_blanks();
        if (at_ != end_) return make_error(Code::invalid, "something behind the JSON object");
        return {};
    }

  private:
    Error error() const {
        std::string place;
        for (const std::string_view name : path_)
            place.append(place.empty() ? "" : ".").append(name);
        return make_error(Code::invalid, "{}{}{}", place, place.empty() ? "" : ": ", problem_);
    }
    bool fail(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
        return false;
    }
    void skip_blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
            ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }
    bool literal(std::string_view word) {
        if (static_cast<size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    /// Members of an object: `member(name)` reads each value.
    template <typename Member>
    bool members(int depth, Member member) {
        if (depth > DEPTH_MAX) return fail(fmt::format("nested more than {} deep", DEPTH_MAX));
        if (!take('{')) return fail("an object was expected");
        if (take('}')) return true;
        do {
            skip_blanks();
            std::string name;
            if (!text(&name)) return false;
            if (!take(':')) return fail("a colon was expected");
            skip_blanks();
            if (!member(name)) return false;
        } while (take(','));
        return take('}') || fail("a comma or the end of an object was expected");
    }
    template <typename Item>
    bool items(int depth, Item item) {
        if (depth > DEPTH_MAX) return fail(fmt::format("nested more than {} deep", DEPTH_MAX));
        if (!take('[')) return fail("an array was expected");
        if (take(']')) return true;
        do {
            skip_blanks();
            if (!item()) return false;
        } while (take(','));
        return take(']') || fail("a comma or the end of an array was expected");
    }

    bool object(const JsonMessage& message, int depth) {
        return members(depth, [&](const std::string& name) {
            const auto field = std::find_if(message.fields.begin(), message.fields.end(),
                                            [&](const JsonField& f) { return same_name(name, f.name); });
            if (field == message.fields.end()) return skip_value(depth + 1);
            if (literal("null")) return true;
            path_.push_back(field->name);
            const bool good =
                field->repeated ? items(depth + 1, [&] { return value(*field, depth + 1); }) : value(*field, depth + 1);
            if (good) path_.pop_back();
            return good;
        });
    }

    bool skip_value(int depth) {
        if (at_ == end_) return fail("the text ends early");
        switch (*at_) {
            case '{': return members(depth, [&](const std::string&) { return skip_value(depth + 1); });
            case '[': return items(depth, [&] { return skip_value(depth + 1); });
            case '"': scratch_.clear(); return text(&scratch_);
            case 't': return literal("true") || fail("a bad word");
            case 'f': return literal("false") || fail("a bad word");
            case 'n': return literal("null") || fail("a bad word");
            default: {
                std::string_view token;
                return number_token(&token) && (parse_double(token) || fail("a bad number"));
            }
        }
    }

    bool value(const JsonField& field, int depth) {
        using Type = JsonField::Type;
        switch (field.type) {
            case Type::message: {
                put_tag(out_, field.number, BYTES);
                const size_t at = out_.size();
                out_.append(LENGTH_BYTES, '\0');
                if (!object(*field.message, depth)) return false;
                set_length(out_, at);
                return true;
            }
            case Type::text:
            case Type::hex:
            case Type::base64: return bytes(field);
            case Type::boolean: {
                const bool yes = literal("true");
                if (!yes && !literal("false")) return fail("true or false was expected");
                put_tag(out_, field.number, VARINT);
                put_varint(out_, yes ? 1 : 0);
                return true;
            }
            case Type::float64: return float64(field);
            case Type::enumeration:
            case Type::varint:
            case Type::zigzag:
            case Type::fixed64: return integer(field);
        }
        return false;
    }

    bool bytes(const JsonField& field) {
        scratch_.clear();
        if (!text(&scratch_)) return false;
        if (field.type == JsonField::Type::hex && !from_hex(scratch_)) return fail("an id in hex was expected");
        if (field.type == JsonField::Type::base64) {
            auto decoded = decode_base64(scratch_, {.standard = true, .url = true});
            if (!decoded) return fail("base64 was expected");
            scratch_ = std::move(*decoded);
        }
        put_tag(out_, field.number, BYTES);
        put_sized(out_, scratch_);
        return true;
    }

    bool float64(const JsonField& field) {
        std::string_view token;
        if (!number_text(&token)) return false;
        const auto number = token == "Infinity"    ? std::optional(std::numeric_limits<double>::infinity())
                            : token == "-Infinity" ? std::optional(-std::numeric_limits<double>::infinity())
                                                   : parse_double(token);
        if (!number) return fail("a number was expected");
        put_tag(out_, field.number, FIXED64);
        put_le(out_, *number);
        return true;
    }

    bool integer(const JsonField& field) {
        std::string_view token;
        if (!number_text(&token)) return false;
        std::optional<uint64_t> bits;
        for (const auto& [name, number] : field.names)
            if (token == name) bits = number;
        if (!bits) {
            if (const auto number = parse_int(token))
                bits = static_cast<uint64_t>(*number);
            else if (const auto large = parse_uint(token))
                bits = *large;
            else if (const auto real = parse_double(token);
                     real && std::abs(*real) < 9.2e18 && std::trunc(*real) == *real)  // 1e3, 5.0
                bits = static_cast<uint64_t>(static_cast<int64_t>(*real));
        }
        if (!bits) return fail("an integer was expected");
        if (field.type == JsonField::Type::fixed64) {
            put_tag(out_, field.number, FIXED64);
            put_le(out_, *bits);
            return true;
        }
        put_tag(out_, field.number, VARINT);
        put_varint(out_, field.type == JsonField::Type::zigzag ? zigzag(static_cast<int64_t>(*bits)) : *bits);
        return true;
    }

    /// A number as it stands or in quotes. Valid until the next string is read.
    bool number_text(std::string_view* out) {
        if (at_ == end_ || *at_ != '"') return number_token(out);
        scratch_.clear();
        if (!text(&scratch_)) return false;
        *out = scratch_;
        return true;
    }

    bool number_token(std::string_view* out) {
        const char* begin = at_;
        while (at_ != end_ && ((*at_ >= '0' && *at_ <= '9') || *at_ == '-' || *at_ == '+' || *at_ == '.' ||
                               *at_ == 'e' || *at_ == 'E'))
            ++at_;
        *out = {begin, static_cast<size_t>(at_ - begin)};
        return at_ != begin || fail("a value was expected");
    }

    /// Appends a string without its quotes and escapes.
    bool text(std::string* out) {
        if (at_ == end_ || *at_ != '"') return fail("a string was expected");
        ++at_;
        for (;;) {
            const char* begin = at_;
            while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<uint8_t>(*at_) >= 0x20)
                ++at_;
            out->append(begin, at_);
            if (at_ == end_) return fail("a string without end");
            if (*at_ == '"') {
                ++at_;
                return true;
            }
            if (*at_ != '\\') return fail("a control character in a string");
            if (++at_ == end_ || !escape(out)) return fail("a bad escape in a string");
        }
    }

    bool escape(std::string* out) {
        const char c = *at_++;
        switch (c) {
            case '"':
            case '\\':
            case '/': out->push_back(c); return true;
            case 'b': out->push_back('\b'); return true;
            case 'f': out->push_back('\f'); return true;
            case 'n': out->push_back('\n'); return true;
            case 'r': out->push_back('\r'); return true;
            case 't': out->push_back('\t'); return true;
            case 'u': break;
            default: return false;
        }
        uint32_t unit = 0;
        if (!hex4(&unit)) return false;
        constexpr uint32_t REPLACEMENT = 0xfffd;
        if (unit >= 0xdc00 && unit < 0xe000) unit = REPLACEMENT;
        if (unit >= 0xd800 && unit < 0xdc00) {
            uint32_t low = 0;
            const char* before = at_;
            if (literal("\\u") && hex4(&low) && low >= 0xdc00 && low < 0xe000) {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            } else {
                at_ = before;
                unit = REPLACEMENT;
            }
        }
        append_utf8(*out, unit);
        return true;
    }

    static int digit(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }
    bool hex4(uint32_t* out) {
        if (end_ - at_ < 4) return false;
        for (int i = 0; i < 4; ++i) {
            const int d = digit(*at_++);
            if (d < 0) return false;
            *out = *out << 4 | static_cast<uint32_t>(d);
        }
        return true;
    }

    static bool from_hex(std::string& text) {
        if (text.size() % 2 != 0) return false;
        for (size_t i = 0; i < text.size(); i += 2) {
            const int high = digit(text[i]);
            const int low = digit(text[i + 1]);
            if (high < 0 || low < 0) return false;
            text[i / 2] = static_cast<char>(high << 4 | low);
        }
        text.resize(text.size() / 2);
        return true;
    }

    const char* at_;
    const char* end_;
    std::string& out_;
    std::string scratch_;
    std::string problem_;
    std::vector<std::string_view> path_;
};

}  // namespace

Status json_to_protobuf(std::string_view json, const JsonMessage& message, std::string& out) {
    out.clear();
    return Transcoder(json, out).run(message);
}

}  // namespace belfry::ingest::otlp
