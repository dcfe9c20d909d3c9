#pragma once

#include "catalog/alarm_definition.h"
#include "catalog/catalog.h"
#include "catalog/notification.h"
#include "notify/method.h"
#include "notify/route.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// What the catalog says about notifications, each document read once. Any thread.
class CatalogView {
  public:
    CatalogView(const catalog::Catalog& catalog, const NotifyConfig& config) : catalog_(catalog), config_(config) {}

    /// Null when there is none of this tenant, or when it cannot be used.
    [[nodiscard]] MethodPtr method(std::string_view tenant, std::string_view id);
    [[nodiscard]] MethodPtr method_by_name(std::string_view tenant, std::string_view name);
    /// Why `method` gives null; "" when it does not.
    [[nodiscard]] std::string method_error(std::string_view tenant, std::string_view id);
    [[nodiscard]] std::shared_ptr<const catalog::AlarmDefinition> definition(std::string_view tenant,
                                                                             std::string_view id);
    /// Never null; empty when the tenant has none.
    [[nodiscard]] RoutingPtr routing(std::string_view tenant);
    using Silences = std::vector<catalog::Silence>;
    /// Of the tenant, expired ones too. Never null.
    [[nodiscard]] std::shared_ptr<const Silences> silences(std::string_view tenant);
    /// Another one whenever a silence was made, changed or removed.
    [[nodiscard]] std::shared_ptr<const catalog::Documents> silence_documents() const {
        return catalog_.snapshot()->documents(catalog::SILENCE);
    }
    /// The ids of those that hold now for these labels.
    [[nodiscard]] std::vector<std::string> silenced_by(std::string_view tenant,
                                                       const model::Dimensions& labels,
                                                       int64_t now_ms);

  private:
    template <typename T>
    struct Cache {
        std::shared_ptr<const catalog::Documents> documents;  // what the rest was made of
        struct Entry {
            std::shared_ptr<const catalog::Document> document;
            Result<std::shared_ptr<const T>> value;
        };
        std::unordered_map<std::string, Entry> entries;  // by id
    };
    template <typename T, typename Read>
    std::shared_ptr<const T> find(
        Cache<T>& cache, std::string_view kind, std::string_view tenant, std::string_view id, Read read);

    const catalog::Catalog& catalog_;  // outlives this
    const NotifyConfig& config_;       // outlives this
    std::mutex mutex_;                 // guards all below
    Cache<Method> methods_;
    Cache<catalog::AlarmDefinition> definitions_;
    Cache<Routing> routings_;
    std::shared_ptr<const catalog::Documents> silence_documents_;
    std::map<std::string, std::shared_ptr<const Silences>, std::less<>> silences_;  // by tenant
};

/// The YAML of a tenant's routing document.
[[nodiscard]] std::string routing_yaml(const catalog::Document& document);
[[nodiscard]] catalog::Document routing_document(std::string_view tenant, std::string_view yaml);

}  // namespace belfry::notify
