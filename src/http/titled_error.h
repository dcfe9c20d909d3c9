#pragma once

#include "http/message.h"

#include <string_view>

namespace belfry::http {

/// `{"title":...,"description":...}`: how OpenStack's services, Monasca's among them, word an error. The title is the
/// status' own phrase.
[[nodiscard]] Response titled_error(int status, std::string_view description);
/// invalid 422, not_found 404, conflict 409, exhausted 429 and unavailable or timeout 503 with Retry-After, else 500.
[[nodiscard]] Response titled_error(const Error& error);
/// A refusal in Belfry's own shape, said in this one; what is missing a right is 401 here. Other answers stay as they
/// are.
[[nodiscard]] Response retitled(Response refusal);

/// A request may name another tenant than that of its sender (`tenant_id=`) unless its credential is bound to one.
/// `tenant` empty: the sender's own. An error: the answer is 401.
[[nodiscard]] Result<std::string> delegated_tenant(const Identity& identity, std::string_view tenant);

}  // namespace belfry::http
