#include "ingest/scrape/access_config.h"

#include "base/ascii.h"

namespace belfry::ingest::scrape {
namespace {

Status read_basic(const YamlNode& node, const std::string& directory, HttpAccess& out) {
    YamlFields fields(node, "basic_auth");
    out.has_basic = true;
    fields.text("username", out.username);
    fields.text("username_file", out.username_file);
    fields.text("password", out.password);
    fields.text("password_file", out.password_file);
    fields.ignore("username_ref");
    fields.ignore("password_ref");
    if (!out.password.empty() && !out.password_file.empty())
        fields.fail(node.line(), "basic_auth takes password or password_file, not both");
    if (!out.username.empty() && !out.username_file.empty())
        fields.fail(node.line(), "basic_auth takes username or username_file, not both");
    out.password_file = join_path(directory, out.password_file);
    out.username_file = join_path(directory, out.username_file);
    return fields.finish();
}

Status read_authorization(const YamlNode& node, const std::string& directory, HttpAccess& out) {
    YamlFields fields(node, "authorization");
    out.authorization_type = "Bearer";
    fields.text("type", out.authorization_type);
    fields.text("credentials", out.credentials);
    fields.text("credentials_file", out.credentials_file);
    fields.ignore("credentials_ref");
    if (!out.credentials.empty() && !out.credentials_file.empty())
        fields.fail(node.line(), "authorization takes credentials or credentials_file, not both");
    if (lower(out.authorization_type) == "basic")
        fields.fail(node.line(), "authorization of type basic is written as basic_auth");
    out.credentials_file = join_path(directory, out.credentials_file);
    return fields.finish();
}

Status read_tls(const YamlNode& node, const std::string& directory, http::TlsOptions& out) {
    YamlFields fields(node, "tls_config");
    fields.text("ca", out.ca_text);
    fields.text("ca_file", out.ca_file);
    fields.text("cert", out.certificate_text);
    fields.text("cert_file", out.certificate_file);
    fields.text("key", out.key_text);
    fields.text("key_file", out.key_file);
    fields.text("server_name", out.server_name);
    fields.flag("insecure_skip_verify", out.skip_verify);
    for (const char* key : {"ca_ref", "cert_ref", "key_ref"})
        fields.ignore(key);
    for (const auto& [key, version] : {std::pair("min_version", &out.min_version), {"max_version", &out.max_version}}) {
        std::string text;
        if (!fields.text(key, text)) continue;
        if (text == "TLS10")
            *version = 10;
        else if (text == "TLS11")
            *version = 11;
        else if (text == "TLS12")
            *version = 12;
        else if (text == "TLS13")
            *version = 13;
        else
            fields.fail(node.line(), fmt::format("{} is one of TLS10, TLS11, TLS12, TLS13, not {}", key, text));
    }
    const bool certificate = !out.certificate_file.empty() || !out.certificate_text.empty();
    const bool key = !out.key_file.empty() || !out.key_text.empty();
    if (certificate != key) fields.fail(node.line(), "tls_config needs a certificate and its key, or none of both");
    for (std::string* file : {&out.ca_file, &out.certificate_file, &out.key_file})
        *file = join_path(directory, *file);
    return fields.finish();
}

Status read_headers(const YamlNode& node, const std::string& directory, HttpAccess& out) {
    if (!node.is_map()) return make_error(Code::invalid, "line {}: http_headers must be a map", node.line());
    for (const YamlNode::Item& item : node.items()) {
        HttpAccess::Header header{.name = item.first.text(), .values = {}, .files = {}};
        const std::string name = lower(header.name);
        for (const char* own :
             {"authorization", "host", "content-encoding", "content-length", "accept", "connection", "accept-encoding",
              "user-agent", "x-prometheus-scrape-timeout-seconds", "transfer-encoding"})
            if (name == own)
                return make_error(Code::invalid, "line {}: header {} is set by Belfry itself", item.first.line(),
                                  header.name);
        YamlFields fields(item.second, "http header");
        std::vector<std::string> secrets;
        fields.list("values", header.values);
        fields.list("secrets", secrets);
        fields.list("files", header.files);
        header.values.insert(header.values.end(), secrets.begin(), secrets.end());
        for (const std::string& value : header.values)
            if (value.find_first_of("\r\n") != std::string::npos ||
                header.name.find_first_of("\r\n: ") != std::string::npos)
                fields.fail(item.first.line(), "a header of one line is expected");
        for (std::string& file : header.files)
            file = join_path(directory, file);
        if (Status status = fields.finish(); !status.ok()) return status;
        out.headers.push_back(std::move(header));
    }
    return {};
}

}  // namespace

std::string join_path(const std::string& directory, const std::string& path) {
    return path.empty() || path.front() == '/' || directory.empty() ? path : directory + "/" + path;
}

void read_access(YamlFields& fields,
                 const std::string& directory,
                 const std::string& where,
                 HttpAccess& out,
                 std::vector<std::string>& warnings) {
    int ways = 0;
    if (const YamlNode* node = fields.take("basic_auth")) {
        ways++;
        fields.check(read_basic(*node, directory, out), node->line());
    }
    if (const YamlNode* node = fields.take("authorization")) {
        ways++;
        fields.check(read_authorization(*node, directory, out), node->line());
    }
    std::string bearer_file;
    if (fields.text("bearer_token", out.credentials) | fields.text("bearer_token_file", bearer_file)) {
        ways++;
        out.authorization_type = "Bearer";
        if (!bearer_file.empty()) out.credentials_file = join_path(directory, bearer_file);
    }
    if (ways > 1) fields.fail(fields.line(), "only one of basic_auth, authorization and bearer_token may be set");
    if (const YamlNode* node = fields.take("tls_config"))
        fields.check(read_tls(*node, directory, out.tls), node->line());
    if (const YamlNode* node = fields.take("http_headers"))
        fields.check(read_headers(*node, directory, out), node->line());
    fields.flag("follow_redirects", out.follow_redirects);
    bool http2 = true;
    fields.flag("enable_http2", http2);  // HTTP/1.1 is spoken to every server; nothing is lost by it
    for (const char* key : {"oauth2", "proxy_url", "proxy_from_environment", "proxy_connect_header"}) {
        if (const YamlNode* node = fields.take(key))
            warnings.push_back(fmt::format("line {}: {} of {} is not used here: targets are asked directly",
                                           node->line(), key, where));
    }
    fields.ignore("no_proxy");
}

}  // namespace belfry::ingest::scrape
