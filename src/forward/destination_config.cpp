#include "forward/destination_config.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/yaml.h"
#include "http/url_parts.h"

namespace belfry::forward {
namespace {

constexpr std::string_view SECTION = "remote_write";
constexpr int64_t DURATION_MS_MAX = 86'400'000;

Error at(const YamlNode& node, std::string_view message) {
    return make_error(Code::invalid, "line {}: {}", node.line(), message);
}

Result<std::string> text_of(const YamlNode& node, std::string_view key) {
    if (!node.is_scalar()) return at(node, fmt::format("{} must be a text", key));
    return node.text();
}
Result<bool> flag_of(const YamlNode& node, std::string_view key) {
    const auto value = node.as_bool();
    if (!value) return at(node, fmt::format("{} must be true or false", key));
    return *value;
}
Result<int64_t> duration_of(const YamlNode& node, std::string_view key) {
    const auto value = node.is_scalar() ? parse_duration_ms(node.text()) : std::nullopt;
    if (!value || *value < 1 || *value > DURATION_MS_MAX)
        return at(node, fmt::format("{} must be a duration like 30s, of at most a day", key));
    return *value;
}
Result<uint64_t> count_of(const YamlNode& node, std::string_view key, int64_t min, int64_t max) {
    const auto value = node.as_int();
    if (!value || *value < min || *value > max)
        return at(node, fmt::format("{} must be a whole number from {} to {}", key, min, max));
    return static_cast<uint64_t>(*value);
}

Error unknown(const YamlNode& key, std::string_view where) {
    return at(key, fmt::format("{} is not a key of {}", key.text(), where));
}

Status read_relabel(const YamlNode& list, model::RelabelSteps& out) {
    if (!list.is_sequence()) return at(list, "write_relabel_configs must be a list");
    for (size_t i = 0; i < list.size(); ++i) {
        model::RelabelRule rule;
        for (const auto& [key, value] : list.at(i).items()) {
            const std::string& name = key.text();
            if (name == "source_labels") {
                for (size_t k = 0; k < value.size(); ++k)
                    rule.source_labels.push_back(TRY(text_of(value.at(k), name)));
            } else if (name == "separator") {
                rule.separator = TRY(text_of(value, name));
            } else if (name == "regex") {
                rule.regex = TRY(text_of(value, name));
            } else if (name == "target_label") {
                rule.target_label = TRY(text_of(value, name));
            } else if (name == "replacement") {
                rule.replacement = TRY(text_of(value, name));
            } else if (name == "modulus") {
                rule.modulus = TRY(count_of(value, name, 1, std::numeric_limits<int64_t>::max()));
            } else if (name == "action") {
                auto action = model::relabel_action(TRY(text_of(value, name)));
                if (!action.ok()) return at(value, action.error().message);
                rule.action = *action;
            } else {
                return unknown(key, "write_relabel_configs");
            }
        }
        auto step = model::Relabel::make(std::move(rule));
        if (!step.ok()) return at(list.at(i), step.error().message);
        out.push_back(std::move(step).value());
    }
    return {};
}

Status read_basic_auth(const YamlNode& map, DestinationConfig& out) {
    std::string user;
    std::string password;
    for (const auto& [key, value] : map.items()) {
        if (key.text() == "username")
            user = TRY(text_of(value, key.text()));
        else if (key.text() == "password")
            password = TRY(text_of(value, key.text()));
        else
            return unknown(key, "basic_auth");
    }
    out.headers.emplace_back("Authorization", "Basic " + encode_base64(user + ":" + password));
    return {};
}

Status read_authorization(const YamlNode& map, DestinationConfig& out) {
    std::string credentials;
    for (const auto& [key, value] : map.items()) {
        if (key.text() == "type")
            out.credentials_type = TRY(text_of(value, key.text()));
        else if (key.text() == "credentials")
            credentials = TRY(text_of(value, key.text()));
        else if (key.text() == "credentials_file")
            out.credentials_file = TRY(text_of(value, key.text()));
        else
            return unknown(key, "authorization");
    }
    if (!credentials.empty()) out.headers.emplace_back("Authorization", out.credentials_type + " " + credentials);
    return {};
}

Status read_queue(const YamlNode& map, DestinationConfig& out, std::vector<std::string>& warnings) {
    for (const auto& [key, value] : map.items()) {
        const std::string& name = key.text();
        if (name == "max_samples_per_send")
            out.samples_per_send = TRY(count_of(value, name, 1, 1'000'000));
        else if (name == "batch_send_deadline")
            out.batch_deadline_ms = TRY(duration_of(value, name));
        else if (name == "min_backoff")
            out.min_backoff_ms = TRY(duration_of(value, name));
        else if (name == "max_backoff")
            out.max_backoff_ms = TRY(duration_of(value, name));
        else if (name == "capacity" || name == "max_shards" || name == "min_shards" || name == "retry_on_http_429" ||
                 name == "sample_age_limit")
            warnings.push_back(fmt::format("line {}: {} has no use here", key.line(), name));
        else
            return unknown(key, "queue_config");
    }
    return {};
}

Status read_tls(const YamlNode& map, http::TlsOptions& out) {
    for (const auto& [key, value] : map.items()) {
        const std::string& name = key.text();
        if (name == "ca_file")
            out.ca_file = TRY(text_of(value, name));
        else if (name == "cert_file")
            out.certificate_file = TRY(text_of(value, name));
        else if (name == "key_file")
            out.key_file = TRY(text_of(value, name));
        else if (name == "ca")
            out.ca_text = TRY(text_of(value, name));
        else if (name == "cert")
            out.certificate_text = TRY(text_of(value, name));
        else if (name == "key")
            out.key_text = TRY(text_of(value, name));
        else if (name == "server_name")
            out.server_name = TRY(text_of(value, name));
        else if (name == "insecure_skip_verify")
            out.skip_verify = TRY(flag_of(value, name));
        else
            return unknown(key, "tls_config");
    }
    return {};
}

Result<DestinationConfig> read_destination(const YamlNode& map, std::vector<std::string>& warnings) {
    if (!map.is_map()) return at(map, "an entry of remote_write must be a map");
    DestinationConfig out;
    for (const auto& [key, value] : map.items()) {
        const std::string& name = key.text();
        if (name == "url")
            out.url = TRY(text_of(value, name));
        else if (name == "name")
            out.name = TRY(text_of(value, name));
        else if (name == "remote_timeout")
            out.timeout_ms = TRY(duration_of(value, name));
        else if (name == "send_exemplars")
            out.send_exemplars = TRY(flag_of(value, name));
        else if (name == "send_native_histograms")
            out.send_native_histograms = TRY(flag_of(value, name));
        else if (name == "belfry_tenant")
            out.tenant = TRY(text_of(value, name));
        else if (name == "tls_config")
            TRY(read_tls(value, out.tls));
        else if (name == "basic_auth")
            TRY(read_basic_auth(value, out));
        else if (name == "authorization")
            TRY(read_authorization(value, out));
        else if (name == "bearer_token")
            out.headers.emplace_back("Authorization", "Bearer " + TRY(text_of(value, name)));
        else if (name == "bearer_token_file")
            out.credentials_file = TRY(text_of(value, name));
        else if (name == "write_relabel_configs")
            TRY(read_relabel(value, out.relabel));
        else if (name == "queue_config")
            TRY(read_queue(value, out, warnings));
        else if (name == "headers") {
            for (const auto& [header, text] : value.items())
                out.headers.emplace_back(header.text(), TRY(text_of(text, header.text())));
        } else if (name == "metadata_config") {
            if (const YamlNode* send = value.find("send"); send != nullptr)
                out.send_metadata = TRY(flag_of(*send, "send"));
        } else if (name == "protobuf_message") {
            if (TRY(text_of(value, name)) != "prometheus.WriteRequest")
                return at(value, "protobuf_message: prometheus.WriteRequest is what is sent here");
        } else if (name == "follow_redirects" || name == "enable_http2" || name == "round_robin_dns") {
            warnings.push_back(fmt::format("line {}: {} has no use here", key.line(), name));
        } else {
            return unknown(key, SECTION);
        }
    }
    if (out.url.empty()) return at(map, "an entry of remote_write needs a url");
    if (auto url = http::parse_url(out.url); !url.ok()) return at(map, url.error().message);
    if (out.min_backoff_ms > out.max_backoff_ms) return at(map, "min_backoff is longer than max_backoff");
    return out;
}

/// The name is also that of a file.
bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name[0] != '.' && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

std::string name_of(const DestinationConfig& destination) {
    const auto url = http::parse_url(destination.url);
    std::string out = url.ok() ? fmt::format("{}_{}{}", url->host, url->port, url->path) : "destination";
    for (char& c : out)
        if (!is_plain_name({&c, 1}) && c != '.') c = '_';
    return out.substr(0, 64);
}

}  // namespace

Result<std::vector<DestinationConfig>> parse_destinations(std::string_view yaml, std::vector<std::string>& warnings) {
    const YamlNode document = TRY(parse_yaml_document(yaml));
    std::vector<DestinationConfig> out;
    const YamlNode* list = document.find(SECTION);
    if (list == nullptr || list->is_null()) return out;
    if (!list->is_sequence()) return at(*list, "remote_write must be a list");
    for (size_t i = 0; i < list->size(); ++i) {
        DestinationConfig one = TRY(read_destination(list->at(i), warnings));
        if (one.name.empty()) one.name = name_of(one);
        if (!is_plain_name(one.name))
            return at(list->at(i), fmt::format("the name {} must be 1 to 64 of A-Z a-z 0-9 _ . -", one.name));
        for (const DestinationConfig& other : out)
            if (other.name == one.name) return at(list->at(i), fmt::format("the name {} stands twice", one.name));
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace belfry::forward
