#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace belfry::templates {

class Value;
using List = std::vector<Value>;

/// A point in time and a span, in nanoseconds (since the epoch).
struct Time {
    int64_t ns = 0;
};
struct Duration {
    int64_t ns = 0;
};

/// Keys to values, in the order of the keys. What a missing key gives differs: in a map of texts the empty text, in a
/// map of anything nothing; a record has fixed fields, others are errors.
struct Map {
    enum class Missing { empty_text, nothing, error };
    Missing missing = Missing::nothing;
    std::map<std::string, Value, std::less<>> entries;
};

/// What templates compute with. Copies share lists and maps; both are immutable once they are in a Value.
class Value {
  public:
    Value() = default;
    Value(bool v) : v_(v) {}                                           // NOLINT(google-explicit-constructor)
    Value(int64_t v) : v_(v) {}                                        // NOLINT(google-explicit-constructor)
    Value(double v) : v_(v) {}                                         // NOLINT(google-explicit-constructor)
    Value(std::string v) : v_(std::move(v)) {}                         // NOLINT(google-explicit-constructor)
    Value(std::string_view v) : v_(std::string(v)) {}                  // NOLINT(google-explicit-constructor)
    Value(const char* v) : v_(std::string(v)) {}                       // NOLINT(google-explicit-constructor)
    Value(List v) : v_(std::make_shared<const List>(std::move(v))) {}  // NOLINT(google-explicit-constructor)
    Value(Map v) : v_(std::make_shared<const Map>(std::move(v))) {}    // NOLINT(google-explicit-constructor)
    Value(Time v) : v_(v) {}                                           // NOLINT(google-explicit-constructor)
    Value(Duration v) : v_(v) {}                                       // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool is_nothing() const { return std::holds_alternative<std::monostate>(v_); }
    // Null when it is of another kind.
    [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&v_); }
    [[nodiscard]] const int64_t* integer() const { return std::get_if<int64_t>(&v_); }
    [[nodiscard]] const double* number() const { return std::get_if<double>(&v_); }
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&v_); }
    [[nodiscard]] const Time* time() const { return std::get_if<Time>(&v_); }
    [[nodiscard]] const Duration* duration() const { return std::get_if<Duration>(&v_); }
    [[nodiscard]] const List* list() const {
        const auto* p = std::get_if<std::shared_ptr<const List>>(&v_);
        return p ? p->get() : nullptr;
    }
    [[nodiscard]] const Map* map() const {
        const auto* p = std::get_if<std::shared_ptr<const Map>>(&v_);
        return p ? p->get() : nullptr;
    }

    /// As conditions see it: false, 0, "" and what is empty or nothing are false.
    [[nodiscard]] bool truth() const;
    /// "float64", "string": what messages call it.
    [[nodiscard]] std::string_view type_name() const;

  private:
    std::variant<std::monostate,
                 bool,
                 int64_t,
                 double,
                 std::string,
                 std::shared_ptr<const List>,
                 std::shared_ptr<const Map>,
                 Time,
                 Duration>
        v_;
};

/// A map of texts, whose missing keys are "".
[[nodiscard]] Value text_map(const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace belfry::templates
