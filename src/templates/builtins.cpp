// The functions that belong to the language itself.
#include "base/utf8.h"
#include "templates/format.h"
#include "templates/template.h"

namespace belfry::templates {
namespace {

using Args = std::span<const Value>;

/// -1, 0, 1; nothing where NaN is involved. Kinds must be alike, as in the language: 1 and 1.0 are not.
Result<std::optional<int>> compare(const Value& a, const Value& b) {
    const auto order = [](const auto& x, const auto& y) -> std::optional<int> { return x < y ? -1 : y < x ? 1 : 0; };
    if (a.integer() && b.integer()) return order(*a.integer(), *b.integer());
    if (a.number() && b.number()) {
        if (std::isnan(*a.number()) || std::isnan(*b.number())) return std::optional<int>();
        return order(*a.number(), *b.number());
    }
    if (a.text() && b.text()) return order(*a.text(), *b.text());
    if (a.boolean() && b.boolean()) return order(*a.boolean(), *b.boolean());
    if (a.duration() && b.duration()) return order(a.duration()->ns, b.duration()->ns);
    if (a.time() && b.time()) return order(a.time()->ns, b.time()->ns);
    return make_error(Code::invalid, "a {} and a {} cannot be compared", a.type_name(), b.type_name());
}

Result<bool> equal(const Value& a, const Value& b) {
    if (a.is_nothing() || b.is_nothing()) return a.is_nothing() && b.is_nothing();
    const std::optional<int> order = TRY(compare(a, b));
    return order && *order == 0;
}

Function ordered(bool (*holds)(int)) {
    return {2, 2, [holds](Args args) -> Result<Value> {
                if (args[0].boolean() || args[1].boolean()) return make_error(Code::invalid, "a bool has no order");
                const std::optional<int> order = TRY(compare(args[0], args[1]));
                return Value(order && holds(*order));
            }};
}

Result<Value> index(Args args) {
    Value value = args[0];
    for (const Value& key : args.subspan(1)) {
        if (const Map* map = value.map()) {
            if (!key.text())
                return make_error(Code::invalid, "the key of a map is a string, not a {}", key.type_name());
            const auto found = map->entries.find(*key.text());
            value = found != map->entries.end()                ? Value(found->second)
                    : map->missing == Map::Missing::empty_text ? Value("")
                                                               : Value();
            continue;
        }
        const int64_t* at = key.integer();
        const List* list = value.list();
        const std::string* text = value.text();
        if (!list && !text) return make_error(Code::invalid, "a {} has no elements", value.type_name());
        const auto size = static_cast<int64_t>(list ? list->size() : text->size());
        if (!at) return make_error(Code::invalid, "an index is an int, not a {}", key.type_name());
        if (*at < 0 || *at >= size)
            return make_error(Code::invalid, "index {} is out of range, there are {}", *at, size);
        value = list ? Value((*list)[static_cast<size_t>(*at)])
                     : Value(static_cast<int64_t>(static_cast<unsigned char>((*text)[static_cast<size_t>(*at)])));
    }
    return value;
}

Result<Value> slice(Args args) {
    const List* list = args[0].list();
    const std::string* text = args[0].text();
    if (!list && !text) return make_error(Code::invalid, "a {} cannot be sliced", args[0].type_name());
    const auto size = static_cast<int64_t>(list ? list->size() : text->size());
    int64_t from = 0;
    int64_t to = size;
    for (size_t i = 1; i < args.size(); ++i) {
        if (!args[i].integer()) return make_error(Code::invalid, "an index is an int, not a {}", args[i].type_name());
        (i == 1 ? from : to) = *args[i].integer();
    }
    if (from < 0 || to > size || from > to)
        return make_error(Code::invalid, "[{}:{}] is out of range, there are {}", from, to, size);
    if (text) return Value(text->substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
    return Value(List(list->begin() + from, list->begin() + to));
}

Result<Value> length(Args args) {
    if (args[0].list()) return Value(static_cast<int64_t>(args[0].list()->size()));
    if (args[0].map()) return Value(static_cast<int64_t>(args[0].map()->entries.size()));
    if (args[0].text()) return Value(static_cast<int64_t>(args[0].text()->size()));
    return make_error(Code::invalid, "a {} has no length", args[0].type_name());
}

// Blanks between two operands of which neither is a text.
std::string print_all(Args args, bool lines) {
    std::string out;
    for (size_t i = 0; i < args.size(); ++i) {
        if (i > 0 && (lines || (!args[i].text() && !args[i - 1].text()))) out.push_back(' ');
        out.append(args[i].is_nothing() ? "<nil>" : to_text(args[i]));
    }
    return lines ? out + "\n" : out;
}

std::string replace_bytes(std::string_view text, const std::function<std::string_view(char)>& with) {
    std::string out;
    for (const char c : text) {
        const std::string_view other = with(c);
        if (other.empty())
            out.push_back(c);
        else
            out.append(other);
    }
    return out;
}

std::string_view html_entity(char c) {
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&#34;" : c == '\'' ? "&#39;" : "";
}
std::string_view js_escape(char c) {
    return c == '\\'   ? "\\\\"
           : c == '\'' ? "\\'"
           : c == '"'  ? "\\\""
           : c == '<'  ? "\\u003C"
           : c == '>'  ? "\\u003E"
           : c == '&'  ? "\\u0026"
           : c == '='  ? "\\u003D"
           : c == '\n' ? "\\u000A"
           : c == '\r' ? "\\u000D"
                       : "";
}

Functions make_builtins() {
    Functions out;
    out["and"] = {1, -1, [](Args args) -> Result<Value> { return args.back(); }};  // the runner stops at what decides
    out["or"] = out["and"];
    out["not"] = {1, 1, [](Args args) -> Result<Value> { return Value(!args[0].truth()); }};
    out["len"] = {1, 1, length};
    out["index"] = {1, -1, index};
    out["slice"] = {1, 3, slice};
    out["print"] = {0, -1, [](Args args) -> Result<Value> { return Value(print_all(args, false)); }};
    out["println"] = {0, -1, [](Args args) -> Result<Value> { return Value(print_all(args, true)); }};
    out["printf"] = {1, -1, [](Args args) -> Result<Value> {
                         if (!args[0].text())
                             return make_error(Code::invalid, "the format is a string, not a {}", args[0].type_name());
                         return Value(format(*args[0].text(), args.subspan(1)));
                     }};
    out["html"] = {
        0, -1, [](Args args) -> Result<Value> { return Value(replace_bytes(print_all(args, false), html_entity)); }};
    out["js"] = {0, -1,
                 [](Args args) -> Result<Value> { return Value(replace_bytes(print_all(args, false), js_escape)); }};
    out["urlquery"] = {0, -1, [](Args args) -> Result<Value> { return Value(escape_query(print_all(args, false))); }};
    out["eq"] = {2, -1, [](Args args) -> Result<Value> {
                     for (const Value& other : args.subspan(1))
                         if (TRY(equal(args[0], other))) return Value(true);
                     return Value(false);
                 }};
    out["ne"] = {2, 2, [](Args args) -> Result<Value> { return Value(!TRY(equal(args[0], args[1]))); }};
    out["lt"] = ordered([](int order) { return order < 0; });
    out["le"] = ordered([](int order) { return order <= 0; });
    out["gt"] = ordered([](int order) { return order > 0; });
    out["ge"] = ordered([](int order) { return order >= 0; });
    return out;
}

}  // namespace

std::string escape_query(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain)
            out.push_back(c);
        else if (c == ' ')
            out.push_back('+');
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

const Functions& builtins() {
    static const Functions table = make_builtins();
    return table;
}

}  // namespace belfry::templates
