#pragma once

#include "base/json.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace belfry::api::monasca {

/// The address as the client wrote it, without the query: "http://host:8070/v2.0/alarms".
[[nodiscard]] std::string address_of(const http::Request& request);
/// What stands before "/v2.0" in it.
[[nodiscard]] std::string root_of(const http::Request& request);

/// `"links":[{"rel":"self","href":...}]` of one element.
void write_self_link(JsonWriter& json, std::string_view href);

/// `{"links":[self, next?],`: how a list begins. The next page's address has the offset first, then all other
/// parameters.
void write_list_links(JsonWriter& json, const http::Request& request, const std::optional<std::string>& next_offset);
/// A whole answer: links and `"elements":[...]`, which `elements` has without the brackets.
[[nodiscard]] http::Response list_response(const http::Request& request,
                                           const std::optional<std::string>& next_offset,
                                           std::string_view elements);

}  // namespace belfry::api::monasca
