#pragma once

#include "alarm/desk/desk.h"
#include "alarm/desk/desk_config.h"
#include "alarm/rules/split.h"
#include "alarm/threshold/ast.h"
#include "alarm/threshold/threshold_config.h"
#include "base/result.h"
#include "catalog/alarm_definition.h"
#include "catalog/changes.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

// Monasca's limits.
inline constexpr size_t DEFINITION_NAME_CHARACTERS_MAX = 255;
inline constexpr size_t DESCRIPTION_CHARACTERS_MAX = 255;
inline constexpr size_t ACTION_CHARACTERS_MAX = 50;

/// An expression that was understood; the one of its language is set.
struct ParsedDefinition {
    std::shared_ptr<const AlarmExpression> monasca;
    std::shared_ptr<const Condition> promql;
};

/// What a change of a definition may do.
enum class ChangeRules : uint8_t {
    free,     // anything but the language
    monasca,  // match_by, the number of comparisons and their metrics stay
};

/// The one place where alarm definitions are checked and saved. Any thread. `by` is a user or key.
class Definitions {
  public:
    struct Parts {
        catalog::Catalog& catalog;
        catalog::Changes& changes;
        Desk& desk;
        DeskConfig config;
        ExpressionLimits expressions;
    };
    /// All outlive this.
    explicit Definitions(Parts parts) : parts_(std::move(parts)) {}

    using Ptr = std::shared_ptr<const catalog::AlarmDefinition>;
    /// Of the tenant, by id; read once a change.
    [[nodiscard]] std::vector<Ptr> list(std::string_view tenant) const;
    /// `not_found`: no such definition in this tenant; so for all that follow.
    [[nodiscard]] Result<Ptr> find(std::string_view tenant, std::string_view id) const;

    /// Gives it an id unless it brings one. `conflict`: its name is another's.
    [[nodiscard]] Result<Ptr> create(catalog::AlarmDefinition definition, std::string_view by);
    /// Replaces it whole.
    [[nodiscard]] Result<Ptr> update(catalog::AlarmDefinition definition, ChangeRules rules, std::string_view by);
    /// With its alarms.
    [[nodiscard]] Status remove(std::string_view tenant, std::string_view id, std::string_view by);

    /// `invalid` says what is wrong; an expression's error begins with its place.
    [[nodiscard]] Status check(const catalog::AlarmDefinition& definition) const;
    [[nodiscard]] Result<ParsedDefinition> parse(catalog::AlarmLanguage language, std::string_view expression) const;
    /// Which definitions name the notification method, by name: it must not be removed silently.
    [[nodiscard]] std::vector<std::string> users_of_method(std::string_view tenant, std::string_view method_id) const;

  private:
    struct Read {
        std::shared_ptr<const catalog::Documents> documents;
        std::map<std::string, Ptr, std::less<>> by_id;
    };
    [[nodiscard]] std::shared_ptr<const Read> read() const;
    [[nodiscard]] Status check_actions(const catalog::AlarmDefinition& definition) const;
    [[nodiscard]] Result<Ptr> save(const catalog::AlarmDefinition& definition, std::string_view by);

    const Parts parts_;
    mutable std::mutex mutex_;  // guards read_
    mutable std::shared_ptr<const Read> read_;
};

}  // namespace belfry::alarm
