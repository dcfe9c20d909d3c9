#include "ingest/agent/check.h"

namespace belfry::ingest::agent {
namespace {

struct Plugin {
    std::string_view name;
    Result<std::unique_ptr<Check>> (*make)(const Fields&);
};
constexpr Plugin PLUGINS[] = {
    {"http_check", make_http_check}, {"prometheus", make_prometheus_check}, {"cert_check", make_cert_check},
    {"tcp_check", make_tcp_check},   {"host_alive", make_host_alive},       {"ntp", make_ntp_check},
    {"process", make_process_check}, {"directory", make_directory_check},   {"file_size", make_file_size_check}};

const Plugin* find_plugin(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(PLUGINS), std::end(PLUGINS), [&](const Plugin& p) { return p.name == name; });
    return found == std::end(PLUGINS) ? nullptr : found;
}

std::string place(std::string_view file, const YamlNode& node) {
    return fmt::format("{}:{}", file, node.line());
}

Status read_plugin(std::string_view plugin,
                   const YamlNode& node,
                   std::string_view file,
                   const CheckContext& context,
                   std::vector<CheckInstance>& out) {
    if (find_plugin(plugin) == nullptr) {
        return make_error(
            Code::invalid,
            "{}: no check is called {}; there are http_check, prometheus, cert_check, tcp_check, host_alive, "
            "ntp, process, directory and file_size",
            place(file, node), plugin);
    }
    const YamlNode* instances = node.find("instances");
    if (instances == nullptr || instances->is_null()) return {};
    if (!instances->is_sequence()) return make_error(Code::invalid, "{}: instances is a list", place(file, *instances));
    const YamlNode* init = node.find("init_config");
    for (size_t i = 0; i < instances->size(); ++i) {
        const YamlNode& fields = instances->at(i);
        if (!fields.is_map()) return make_error(Code::invalid, "{}: an instance is a map", place(file, fields));
        CheckInstance made{.plugin = std::string(plugin),
                           .place = place(file, fields),
                           .period_ms = context.period_ms,
                           .init_config = init == nullptr ? YamlNode() : *init,
                           .fields = fields};
        made.period_ms = TRY(Fields(made, context).timeout_ms("collect_period", context.period_ms));
        out.push_back(std::move(made));
    }
    return {};
}

}  // namespace

Result<std::vector<CheckInstance>> parse_checks(std::string_view text,
                                                std::string_view file_name,
                                                const CheckContext& context) {
    const YamlNode document = TRY(parse_yaml_document(text).context("{}", file_name));
    std::vector<CheckInstance> out;
    if (document.is_null()) return out;
    if (!document.is_map()) return make_error(Code::invalid, "{}: a file of checks is a map", file_name);
    if (document.find("instances") != nullptr || document.find("init_config") != nullptr) {
        std::string_view plugin = file_name.substr(file_name.rfind('/') + 1);
        plugin = plugin.substr(0, plugin.rfind('.'));
        TRY(read_plugin(plugin, document, file_name, context, out));
        return out;
    }
    for (const auto& [name, node] : document.items())
        TRY(read_plugin(name.text(), node, file_name, context, out));
    return out;
}

Result<ScheduledCheck> make_check(const CheckInstance& instance, const CheckContext& context) {
    const Plugin* plugin = find_plugin(instance.plugin);
    if (plugin == nullptr)
        return make_error(Code::invalid, "{}: no check is called {}", instance.place, instance.plugin);
    // not among the members below: a return from there leaks those before it
    std::unique_ptr<Check> check = TRY(plugin->make(Fields(instance, context)));
    return ScheduledCheck{.plugin = instance.plugin,
                          .place = instance.place,
                          .period_ms = instance.period_ms,
                          .check = std::move(check)};
}

const YamlNode* Fields::find(std::string_view name) const {
    for (const YamlNode* node : {instance_.fields.find(name), instance_.init_config.find(name)})
        if (node != nullptr && !node->is_null()) return node;
    return nullptr;
}

Error Fields::wrong(std::string_view name, std::string_view what) const {
    return make_error(Code::invalid, "{}: {}: {} {}", instance_.place, instance_.plugin, name, what);
}

Result<std::string> Fields::needed(std::string_view name) const {
    std::string out = TRY(text(name, ""));
    if (out.empty()) return wrong(name, "is missing");
    return out;
}

Result<std::string> Fields::text(std::string_view name, std::string_view fallback) const {
    const YamlNode* node = find(name);
    if (node == nullptr) return std::string(fallback);
    if (!node->is_scalar()) return wrong(name, "is a text");
    return node->text();
}

Result<bool> Fields::flag(std::string_view name, bool fallback) const {
    const YamlNode* node = find(name);
    if (node == nullptr) return fallback;
    if (const auto value = node->as_bool()) return *value;
    return wrong(name, "is true or false");
}

Result<int64_t> Fields::timeout_ms(std::string_view name, int64_t fallback_ms) const {
    const YamlNode* node = find(name);
    if (node == nullptr) return fallback_ms;
    const auto seconds = node->as_double();
    if (!seconds || !(*seconds > 0) || *seconds > 3600) return wrong(name, "is a number of seconds, at most 3600");
    return std::max<int64_t>(1, static_cast<int64_t>(*seconds * 1000));
}

Result<int64_t> Fields::integer(std::string_view name, int64_t fallback) const {
    const YamlNode* node = find(name);
    if (node == nullptr) return fallback;
    if (const auto value = node->as_int()) return *value;
    return wrong(name, "is a whole number");
}

Result<std::vector<std::string>> Fields::list(std::string_view name) const {
    const YamlNode* node = find(name);
    std::vector<std::string> out;
    if (node == nullptr) return out;
    if (node->is_scalar()) return std::vector<std::string>{node->text()};
    for (size_t i = 0; i < node->size(); ++i) {
        if (!node->is_sequence() || !node->at(i).is_scalar()) return wrong(name, "is a list of texts");
        out.push_back(node->at(i).text());
    }
    return out;
}

Result<Dimensions> Fields::map(std::string_view name) const {
    const YamlNode* node = find(name);
    Dimensions out;
    if (node == nullptr) return out;
    if (!node->is_map()) return wrong(name, "is a map of texts");
    for (const auto& [key, value] : node->items()) {
        if (!value.is_scalar()) return wrong(name, "is a map of texts");
        out.emplace(key.text(), value.text());
    }
    return out;
}

Result<Dimensions> Fields::dimensions(Dimensions own) const {
    Dimensions out = TRY(map("dimensions"));
    out.emplace("hostname", context_.hostname);
    for (auto& [name, value] : own)
        out.insert_or_assign(name, std::move(value));
    return out;
}

}  // namespace belfry::ingest::agent
