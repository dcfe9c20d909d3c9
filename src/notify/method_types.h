#pragma once

#include <string_view>
#include <vector>

namespace belfry::notify {

/// What a method of a type may be told beside its address.
struct MethodOption {
    std::string_view name;
    std::string_view hint;
    bool secret = false;
    bool multiline = false;
};

struct MethodType {
    std::string_view type;  // upper case
    std::string_view address_hint;
    std::vector<MethodOption> options;
};

/// In the order in which pages show them.
[[nodiscard]] const std::vector<MethodType>& method_types();
/// By its upper-case name; null when there is none.
[[nodiscard]] const MethodType* find_method_type(std::string_view type);
/// Null when the type knows no such option.
[[nodiscard]] const MethodOption* find_option(const MethodType& type, std::string_view name);

}  // namespace belfry::notify
