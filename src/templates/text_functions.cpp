#include "templates/text_functions.h"

#include "base/ascii.h"
#include "model/pattern.h"
#include "templates/format.h"

namespace belfry::templates {
namespace {

using Args = std::span<const Value>;

Result<Value> join(Args args) {
    const std::string between = TRY(text_of(args[0].text() ? args[0] : args[1]));
    const Value& list = args[0].text() ? args[1] : args[0];
    if (!list.list()) return make_error(Code::invalid, "wants a list, not a {}", list.type_name());
    std::string out;
    for (const Value& item : *list.list()) {
        if (&item != list.list()->data()) out += between;
        out += to_text(item);
    }
    return Value(std::move(out));
}

Result<Value> match(Args args) {
    const model::Pattern pattern = TRY(model::Pattern::make(TRY(text_of(args[0]))));
    return Value(pattern.found_in(TRY(text_of(args[1]))));
}

Result<Value> replace_all(Args args) {
    const model::Pattern pattern = TRY(model::Pattern::make(TRY(text_of(args[0]))));
    const std::string replacement = TRY(text_of(args[1]));
    return Value(TRY(pattern.replace_all(TRY(text_of(args[2])), replacement, Limits{}.output_bytes_max)));
}

}  // namespace

Result<std::string> text_of(const Value& value) {
    if (value.text()) return *value.text();
    return make_error(Code::invalid, "wants a string, not a {}", value.type_name());
}

Function text_function(std::string (*f)(std::string_view)) {
    return {1, 1, [f](Args args) -> Result<Value> { return Value(f(TRY(text_of(args[0])))); }};
}

void add_text_functions(Functions& out) {
    out["toUpper"] = text_function(upper);
    out["toLower"] = text_function(lower);
    out["join"] = {2, 2, join};
    out["match"] = {2, 2, match};
    out["reReplaceAll"] = {3, 3, replace_all};
}

}  // namespace belfry::templates
