#pragma once

#include "alarm/desk/definitions.h"
#include "alarm/desk/desk.h"
#include "api/monasca/params.h"
#include "base/clock.h"
#include "base/json.h"
#include "catalog/alarm_store.h"
#include "catalog/catalog.h"
#include "catalog/changes.h"
#include "http/router.h"
#include "notify/notify_config.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api::monasca {

/// Alarm definitions, alarms, their history and notification methods in Monasca's REST API v2.0. Only definitions in
/// Monasca's language and their alarms are seen here; members beyond Monasca's keep their values. Any thread.
class AlarmApi {
  public:
    struct Parts {
        alarm::Definitions& definitions;
        alarm::Desk& desk;
        const catalog::AlarmStore& store;
        catalog::Catalog& catalog;
        catalog::Changes& changes;
        const notify::NotifyConfig& notify;
        /// Waits, within a limit, until the store has what was decided before now.
        std::function<void()> catch_up;
    };
    /// All outlive this.
    explicit AlarmApi(Parts parts) : parts_(std::move(parts)) {}

    void add_routes(http::Router& router);

  private:
    using Answer = Result<http::Response>;
    using Method = Answer (AlarmApi::*)(const http::Request&) const;
    struct Entry {
        std::string_view method;
        std::string_view path;
        http::Access access;
        Method handler;
    };
    static const Entry ENTRIES[];
    using DefinitionPtr = alarm::Definitions::Ptr;

    // alarm_definitions.cpp
    [[nodiscard]] Answer create_definition(const http::Request& request) const;
    [[nodiscard]] Answer list_definitions(const http::Request& request) const;
    [[nodiscard]] Answer show_definition(const http::Request& request) const;
    [[nodiscard]] Answer replace_definition(const http::Request& request) const;
    [[nodiscard]] Answer change_definition(const http::Request& request) const;
    [[nodiscard]] Answer remove_definition(const http::Request& request) const;
    [[nodiscard]] Result<DefinitionPtr> definition_of(const http::Request& request) const;
    void write_definition(JsonWriter& json, const catalog::AlarmDefinition& definition, std::string_view href) const;
    // alarms.cpp
    [[nodiscard]] Answer list_alarms(const http::Request& request) const;
    [[nodiscard]] Answer show_alarm(const http::Request& request) const;
    [[nodiscard]] Answer replace_alarm(const http::Request& request) const;
    [[nodiscard]] Answer change_alarm(const http::Request& request) const;
    [[nodiscard]] Answer remove_alarm(const http::Request& request) const;
    [[nodiscard]] Result<alarm::AlarmPtr> alarm_of(const http::Request& request) const;
    /// Those that the request's filters accept, by id.
    [[nodiscard]] Result<std::vector<alarm::AlarmPtr>> filtered(const http::Request& request) const;
    // alarm_count.cpp
    [[nodiscard]] Answer count_alarms(const http::Request& request) const;
    // alarm_history.cpp
    [[nodiscard]] Answer history(const http::Request& request) const;
    [[nodiscard]] Answer history_of_alarm(const http::Request& request) const;
    [[nodiscard]] Answer history_page(const http::Request& request, catalog::HistoryQuery query) const;
    // notification_methods.cpp
    [[nodiscard]] Answer create_method(const http::Request& request) const;
    [[nodiscard]] Answer list_methods(const http::Request& request) const;
    [[nodiscard]] Answer show_method(const http::Request& request) const;
    [[nodiscard]] Answer replace_method(const http::Request& request) const;
    [[nodiscard]] Answer change_method(const http::Request& request) const;
    [[nodiscard]] Answer remove_method(const http::Request& request) const;
    [[nodiscard]] Answer method_types(const http::Request& request) const;
    [[nodiscard]] Result<catalog::NotificationMethod> method_of(const http::Request& request) const;
    [[nodiscard]] Answer save_method(const http::Request& request,
                                     catalog::NotificationMethod method,
                                     int status) const;

    const Parts parts_;
};

/// The `:id` of the path.
[[nodiscard]] std::string id_param(const http::Request& request);
/// The address without a last slash and without `/<id>` at its end: that of the list.
[[nodiscard]] std::string list_address(const http::Request& request, std::string_view id = "");
/// A JSON object; what is none is answered with 400 by `bad_body`.
[[nodiscard]] Result<JsonView> read_body(const http::Request& request);
[[nodiscard]] http::Response bad_body(const Error& error);
/// `before` < `after` by the keys, then by `id`: Compare(key, a, b) is < 0, 0 or > 0.
template <typename T, typename Compare>
void sort_by(std::vector<T>& rows, const std::vector<SortKey>& keys, const Compare& compare) {
    std::sort(rows.begin(), rows.end(), [&](const T& a, const T& b) {
        for (const SortKey& key : keys) {
            const int order = compare(key.field, *a, *b);
            if (order != 0) return key.descending ? order > 0 : order < 0;
        }
        return a->id < b->id;
    });
}
[[nodiscard]] inline int order_of(const auto& a, const auto& b) {
    return a < b ? -1 : (b < a ? 1 : 0);
}

}  // namespace belfry::api::monasca
