#include "ingest/graphite/pickle.h"

#include "base/bytes.h"
#include "base/number.h"
#include "base/utf8.h"

namespace belfry::ingest::graphite {
namespace {

Error cut() {
    return make_error(Code::invalid, "the pickle is cut");
}

// Up to a line feed, which is taken away.
bool take_line(std::string_view& rest, std::string_view& line) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return false;
    line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
}

bool take(std::string_view& rest, uint64_t count, std::string_view& bytes) {
    if (count > rest.size()) return false;
    bytes = rest.substr(0, static_cast<size_t>(count));
    rest.remove_prefix(static_cast<size_t>(count));
    return true;
}

// Little-endian, unsigned.
bool take_number(std::string_view& rest, size_t bytes, uint64_t& number) {
    std::string_view raw;
    if (!take(rest, bytes, raw)) return false;
    number = 0;
    for (size_t i = bytes; i > 0; i--)
        number = number << 8 | static_cast<uint8_t>(raw[i - 1]);
    return true;
}

bool take_sized(std::string_view& rest, size_t size_bytes, std::string_view& bytes) {
    uint64_t size = 0;
    return take_number(rest, size_bytes, size) && take(rest, size, bytes);
}

// Two's complement, little-endian, at most eight bytes.
double signed_number(std::string_view raw) {
    if (raw.empty()) return 0;
    uint64_t number = static_cast<uint8_t>(raw.back()) & 0x80 ? ~uint64_t{0} : 0;
    for (size_t i = raw.size(); i > 0; i--)
        number = number << 8 | static_cast<uint8_t>(raw[i - 1]);
    return static_cast<double>(static_cast<int64_t>(number));
}

std::optional<uint32_t> hex(std::string_view digits) {
    uint32_t out = 0;
    for (const char c : digits) {
        const auto lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9')
            out = out << 4 | static_cast<uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            out = out << 4 | static_cast<uint32_t>(lower - 'a' + 10);
        else
            return std::nullopt;
    }
    return out;
}

}  // namespace

Status Pickle::read(std::string_view bytes) {
    values_.clear();
    sequences_.clear();
    stack_.clear();
    marks_.clear();
    memo_.clear();
    texts_.clear();
    root_ = 0;
    return run(bytes);
}

Status Pickle::push(Value value) {
    if (stack_.size() >= STACK_MAX) return make_error(Code::invalid, "more than {} values on the stack", STACK_MAX);
    stack_.push_back(static_cast<Index>(values_.size()));
    values_.push_back(value);
    return {};
}

Status Pickle::push_sequence(size_t first) {
    sequences_.emplace_back(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first);
    return push({.kind = Kind::sequence, .sequence = static_cast<uint32_t>(sequences_.size() - 1)});
}

Status Pickle::append(size_t first) {
    if (first == 0 || first > stack_.size()) return make_error(Code::invalid, "append without a list");
    const Index list = stack_[first - 1];
    if (values_[list].kind != Kind::sequence) return make_error(Code::invalid, "append to what is no list");
    std::vector<Index>& items = sequences_[values_[list].sequence];
    items.insert(items.end(), stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first);
    return {};
}

Result<size_t> Pickle::pop_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) return make_error(Code::invalid, "a mark is missing");
    const size_t height = marks_.back();
    marks_.pop_back();
    return height;
}

Status Pickle::put(uint64_t key) {
    if (stack_.empty()) return make_error(Code::invalid, "nothing to remember");
    memo_[key] = stack_.back();
    return {};
}

Status Pickle::get(uint64_t key) {
    const auto at = memo_.find(key);
    if (at == memo_.end()) return make_error(Code::invalid, "value {} was not remembered", key);
    if (stack_.size() >= STACK_MAX) return make_error(Code::invalid, "more than {} values on the stack", STACK_MAX);
    stack_.push_back(at->second);
    return {};
}

Status Pickle::decimal(std::string_view word, bool booleans) {
    if (booleans && (word == "01" || word == "00"))
        return push({.kind = Kind::boolean, .number = word == "01" ? 1.0 : 0.0});
    if (word.ends_with('L')) word.remove_suffix(1);
    const std::optional<int64_t> number = parse_int(word);
    if (!number) return make_error(Code::invalid, "{:?} is not an integer of 64 bits", word.substr(0, 40));
    return push_number(static_cast<double>(*number));
}

// 'text' or "text" as Python prints it.
Status Pickle::quoted(std::string_view word) {
    if (word.size() < 2 || word.front() != word.back() || (word.front() != '\'' && word.front() != '"'))
        return make_error(Code::invalid, "a text without its quotes");
    word = word.substr(1, word.size() - 2);
    if (word.find('\\') == std::string_view::npos) return push_text(word);
    std::string& out = texts_.emplace_back();
    for (size_t i = 0; i < word.size(); i++) {
        if (word[i] != '\\') {
            out += word[i];
            continue;
        }
        if (++i == word.size()) return make_error(Code::invalid, "a text ends with a backslash");
        switch (word[i]) {
            case 'n': out += '\n'; break;
            case 't': out += '\t'; break;
            case 'r': out += '\r'; break;
            case 'x': {
                const std::optional<uint32_t> byte = i + 2 < word.size() ? hex(word.substr(i + 1, 2)) : std::nullopt;
                if (!byte) return make_error(Code::invalid, "a bad \\x in a text");
                out += static_cast<char>(*byte);
                i += 2;
                break;
            }
            default: out += word[i]; break;
        }
    }
    return push_text(out);
}

// Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX, bytes above 127 are Latin-1.
Status Pickle::escaped(std::string_view word) {
    std::string& out = texts_.emplace_back();
    for (size_t i = 0; i < word.size(); i++) {
        const bool escape = word[i] == '\\' && i + 1 < word.size() && (word[i + 1] == 'u' || word[i + 1] == 'U');
        if (!escape) {
            append_utf8(out, static_cast<uint8_t>(word[i]));
            continue;
        }
        const size_t digits = word[i + 1] == 'u' ? 4 : 8;
        const std::optional<uint32_t> point =
            i + 2 + digits <= word.size() ? hex(word.substr(i + 2, digits)) : std::nullopt;
        if (!point || *point >= 0x110000 || (*point >= 0xD800 && *point < 0xE000))
            return make_error(Code::invalid, "a bad \\u in a text");
        append_utf8(out, *point);
        i += 1 + digits;
    }
    return push_text(out);
}

Status Pickle::run(std::string_view rest) {
    std::string_view bytes;
    uint64_t number = 0;
    while (!rest.empty()) {
        const auto opcode = static_cast<uint8_t>(rest.front());
        rest.remove_prefix(1);
        switch (opcode) {
            case 0x80:  // PROTO
                if (!take_number(rest, 1, number)) return cut();
                if (number > 5) return make_error(Code::invalid, "pickle protocol {} is not known", number);
                break;
            case 0x95:  // FRAME: its size says nothing that is needed
                if (!take_number(rest, 8, number)) return cut();
                break;
            case '.':  // STOP
                if (stack_.empty()) return make_error(Code::invalid, "an empty pickle");
                root_ = stack_.back();
                return {};
            case '(':  // MARK
                if (marks_.size() >= STACK_MAX) return make_error(Code::invalid, "more than {} marks", STACK_MAX);
                marks_.push_back(stack_.size());
                break;
            case '0':  // POP
                if (stack_.empty()) return make_error(Code::invalid, "nothing to drop");
                stack_.pop_back();
                break;
            case '1': stack_.resize(TRY(pop_mark())); break;                    // POP_MARK
            case 'N': TRY(push({})); break;                                     // NONE
            case 0x88: TRY(push({.kind = Kind::boolean, .number = 1})); break;  // NEWTRUE
            case 0x89: TRY(push({.kind = Kind::boolean})); break;               // NEWFALSE
            case 'I':                                                           // INT
            case 'L':                                                           // LONG
                if (!take_line(rest, bytes)) return cut();
                TRY(decimal(bytes, opcode == 'I'));
                break;
            case 'J':  // BININT
                if (!take(rest, 4, bytes)) return cut();
                TRY(push_number(signed_number(bytes)));
                break;
            case 'K':  // BININT1
            case 'M':  // BININT2
                if (!take_number(rest, opcode == 'K' ? 1 : 2, number)) return cut();
                TRY(push_number(static_cast<double>(number)));
                break;
            case 0x8a:  // LONG1
            case 0x8b:  // LONG4
                if (!take_sized(rest, opcode == 0x8a ? 1 : 4, bytes)) return cut();
                if (bytes.size() > INTEGER_BYTES_MAX)
                    return make_error(Code::invalid, "an integer of {} bytes, limit {}", bytes.size(),
                                      INTEGER_BYTES_MAX);
                TRY(push_number(signed_number(bytes)));
                break;
            case 'F': {  // FLOAT
                if (!take_line(rest, bytes)) return cut();
                const std::optional<double> value = parse_double(bytes);
                if (!value) return make_error(Code::invalid, "{:?} is not a number", bytes.substr(0, 40));
                TRY(push_number(*value));
                break;
            }
            case 'G':  // BINFLOAT, big-endian
                if (!take(rest, 8, bytes)) return cut();
                TRY(push_number(std::bit_cast<double>(__builtin_bswap64(get_le<uint64_t>(bytes.data())))));
                break;
            case 'S':  // STRING
                if (!take_line(rest, bytes)) return cut();
                TRY(quoted(bytes));
                break;
            case 'V':  // UNICODE
                if (!take_line(rest, bytes)) return cut();
                TRY(escaped(bytes));
                break;
            case 'U':   // SHORT_BINSTRING
            case 'C':   // SHORT_BINBYTES
            case 0x8c:  // SHORT_BINUNICODE
                if (!take_sized(rest, 1, bytes)) return cut();
                TRY(push_text(bytes));
                break;
            case 'T':  // BINSTRING
            case 'X':  // BINUNICODE
            case 'B':  // BINBYTES
                if (!take_sized(rest, 4, bytes)) return cut();
                TRY(push_text(bytes));
                break;
            case 0x8d:  // BINUNICODE8
            case 0x8e:  // BINBYTES8
                if (!take_sized(rest, 8, bytes)) return cut();
                TRY(push_text(bytes));
                break;
            case ')':  // EMPTY_TUPLE
            case ']':  // EMPTY_LIST
                TRY(push_sequence(stack_.size()));
                break;
            case 0x85:    // TUPLE1
            case 0x86:    // TUPLE2
            case 0x87: {  // TUPLE3
                const size_t count = opcode - 0x84U;
                if (stack_.size() < count) return make_error(Code::invalid, "a tuple of more than there is");
                TRY(push_sequence(stack_.size() - count));
                break;
            }
            case 't':  // TUPLE
            case 'l':  // LIST
                TRY(push_sequence(TRY(pop_mark())));
                break;
            case 'a':  // APPEND
                if (stack_.empty()) return make_error(Code::invalid, "nothing to append");
                TRY(append(stack_.size() - 1));
                break;
            case 'e':  // APPENDS
                TRY(append(TRY(pop_mark())));
                break;
            case 'p':    // PUT
            case 'g': {  // GET
                if (!take_line(rest, bytes)) return cut();
                const std::optional<uint64_t> key = parse_uint(bytes);
                if (!key) return make_error(Code::invalid, "{:?} is not a place to remember", bytes.substr(0, 40));
                TRY(opcode == 'p' ? put(*key) : get(*key));
                break;
            }
            case 'q':  // BINPUT
            case 'r':  // LONG_BINPUT
                if (!take_number(rest, opcode == 'q' ? 1 : 4, number)) return cut();
                TRY(put(number));
                break;
            case 'h':  // BINGET
            case 'j':  // LONG_BINGET
                if (!take_number(rest, opcode == 'h' ? 1 : 4, number)) return cut();
                TRY(get(number));
                break;
            case 0x94: TRY(put(memo_.size())); break;  // MEMOIZE
            default:
                return make_error(
                    Code::invalid,
                    "opcode 0x{:02x} is not accepted; a pickle here is a list of (path, (time, value)) of "
                    "plain texts and numbers",
                    opcode);
        }
    }
    return cut();
}

}  // namespace belfry::ingest::graphite
