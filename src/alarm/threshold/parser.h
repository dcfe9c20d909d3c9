#pragma once

#include "alarm/threshold/ast.h"
#include "alarm/threshold/threshold_config.h"
#include "base/result.h"

#include <string_view>

namespace belfry::alarm {

// The language of alarms, Monasca's:
//
//   expr   := and ( (or | ||) and )*            and := atom ( (and | &&) atom )*      words in any case
//   atom   := '(' expr ')' | sub
//   sub    := ( func '(' metric [',' deterministic] [',' period] ')' | metric ) op threshold [times n]
//   func   := max min avg count sum last        op := < lt <= lte > gt >= gte
//   metric := name [ '{' [ key '=' value (',' key '=' value)* ] '}' ]
//   threshold := -?digits[.digits]              period := seconds, a positive multiple of 60
//
// A metric without a function is max for > and >=, min for < and <=. Names have none of ( ) { } , = < > " and white
// space; keys and values may have spaces inside.

/// `invalid` says what is wrong and at which byte ("at byte 12: ..."); `exhausted` names the limit's key.
[[nodiscard]] Result<AlarmExpression> parse_alarm_expression(std::string_view text,
                                                             const ExpressionLimits& limits = {});
/// The byte that such an error speaks of; 0 when it speaks of none.
[[nodiscard]] size_t error_at(const Error& error);

}  // namespace belfry::alarm
