#pragma once

#include "base/result.h"
#include "templates/template.h"

#include <string>
#include <string_view>

namespace belfry::templates {

/// The argument as a text; `invalid` when it is none.
[[nodiscard]] Result<std::string> text_of(const Value& value);
/// A function of one text.
[[nodiscard]] Function text_function(std::string (*f)(std::string_view));
/// toUpper toLower join match reReplaceAll, as Prometheus and Alertmanager have them: what every host of templates
/// offers.
void add_text_functions(Functions& out);

}  // namespace belfry::templates
