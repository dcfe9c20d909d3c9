#include "notify/catalog_view.h"

#include "base/json.h"
#include "base/log.h"
#include "notify/matchers.h"

namespace belfry::notify {

std::string routing_yaml(const catalog::Document& document) {
    const auto json = JsonView::parse(document.json);
    return json.ok() ? json->string_or("yaml", "") : "";
}

catalog::Document routing_document(std::string_view tenant, std::string_view yaml) {
    JsonWriter json;
    json.begin_object().field("yaml", yaml).end_object();
    return {.kind = std::string(catalog::ROUTING),
            .id = std::string(tenant),
            .tenant = std::string(tenant),
            .name = "",
            .json = json.take()};
}

template <typename T, typename Read>
std::shared_ptr<const T> CatalogView::find(
    Cache<T>& cache, std::string_view kind, std::string_view tenant, std::string_view id, Read read) {
    auto documents = catalog_.snapshot()->documents(kind);
    if (documents != cache.documents) {
        std::erase_if(cache.entries, [&](const auto& entry) {
            const auto now = documents->find(entry.first);
            return now == documents->end() || now->second != entry.second.document;
        });
        cache.documents = std::move(documents);
    }
    const auto found = cache.documents->find(id);
    if (found == cache.documents->end() || found->second->tenant != tenant) return nullptr;
    auto entry = cache.entries.find(std::string(id));
    if (entry == cache.entries.end()) {
        auto value = read(*found->second);
        if (!value.ok())
            log_warn("notify", "a definition cannot be used",
                     {{"kind", kind}, {"id", id}, {"error", value.error().message}});
        entry = cache.entries.emplace(std::string(id), typename Cache<T>::Entry{found->second, std::move(value)}).first;
    }
    return entry->second.value.ok() ? *entry->second.value : nullptr;
}

MethodPtr CatalogView::method(std::string_view tenant, std::string_view id) {
    const std::lock_guard lock(mutex_);
    return find(methods_, catalog::NOTIFICATION_METHOD, tenant, id,
                [this](const catalog::Document& document) -> Result<MethodPtr> {
                    return prepare_method(TRY(catalog::read_notification_method(document)), config_);
                });
}

std::string CatalogView::method_error(std::string_view tenant, std::string_view id) {
    if (method(tenant, id)) return "";
    const std::lock_guard lock(mutex_);
    const auto entry = methods_.entries.find(std::string(id));
    if (entry != methods_.entries.end() && !entry->second.value.ok()) return entry->second.value.error().message;
    return "the notification method does not exist any more";
}

MethodPtr CatalogView::method_by_name(std::string_view tenant, std::string_view name) {
    for (const auto& [id, document] : *catalog_.snapshot()->documents(catalog::NOTIFICATION_METHOD))
        if (document->tenant == tenant && document->name == name) return method(tenant, id);
    return nullptr;
}

std::shared_ptr<const catalog::AlarmDefinition> CatalogView::definition(std::string_view tenant, std::string_view id) {
    const std::lock_guard lock(mutex_);
    return find(
        definitions_, catalog::ALARM_DEFINITION, tenant, id,
        [](const catalog::Document& document) -> Result<std::shared_ptr<const catalog::AlarmDefinition>> {
            return std::make_shared<const catalog::AlarmDefinition>(TRY(catalog::read_alarm_definition(document)));
        });
}

RoutingPtr CatalogView::routing(std::string_view tenant) {
    static const auto EMPTY = std::make_shared<const Routing>();
    const std::lock_guard lock(mutex_);
    auto found = find(routings_, catalog::ROUTING, tenant, tenant,
                      [](const catalog::Document& document) { return parse_routing(routing_yaml(document)); });
    return found ? found : EMPTY;
}

std::shared_ptr<const CatalogView::Silences> CatalogView::silences(std::string_view tenant) {
    static const auto EMPTY = std::make_shared<const Silences>();
    const std::lock_guard lock(mutex_);
    if (auto documents = catalog_.snapshot()->documents(catalog::SILENCE); documents != silence_documents_) {
        std::map<std::string, std::shared_ptr<Silences>, std::less<>> fresh;
        for (const auto& [id, document] : *documents) {
            auto silence = catalog::read_silence(*document);
            if (!silence.ok()) continue;
            auto& list = fresh[silence->tenant];
            if (!list) list = std::make_shared<Silences>();
            list->push_back(*std::move(silence));
        }
        silences_.clear();
        for (auto& [of, list] : fresh)
            silences_.emplace(of, std::move(list));
        silence_documents_ = std::move(documents);
    }
    const auto found = silences_.find(tenant);
    return found == silences_.end() ? EMPTY : found->second;
}

std::vector<std::string> CatalogView::silenced_by(std::string_view tenant,
                                                  const model::Dimensions& labels,
                                                  int64_t now_ms) {
    std::vector<std::string> out;
    for (const catalog::Silence& silence : *silences(tenant))
        if (silence.starts_ms <= now_ms && now_ms < silence.ends_ms && all_match(silence.matchers, labels))
            out.push_back(silence.id);
    return out;
}

}  // namespace belfry::notify
