#include "notify/method.h"

#include "base/number.h"
#include "notify/notice.h"
#include "notify/text.h"

namespace belfry::notify {
namespace {

constexpr std::array<const char*, 4> TEXTS = {"template", "subject", "summary", "title"};

std::string or_else(std::string_view value, const std::string& other) {
    return value.empty() ? other : std::string(value);
}

Result<MailServer> mail_server_of(const Method& method, const NotifyConfig& config) {
    MailServer out;
    const std::string server = or_else(method.option("server"), config.smtp_server);
    const bool own = !method.option("server").empty();  // the password of one server is nothing for another
    if (server.empty())
        return make_error(Code::invalid, "no mail server is set: option server of the method, or notify.smtp_server");
    out.security = or_else(method.option("security"), config.smtp_security);
    const auto url = http::parse_url("http://" + server);
    if (!url.ok()) return make_error(Code::invalid, "not a mail server like mail.example.org:587: {}", server);
    out.host = url->host;
    const bool names_port = server.rfind(':') != std::string::npos && server.back() != ']' &&
                            (server.find(':') == server.rfind(':') || server.find("]:") != std::string::npos);
    out.port = names_port ? url->port : out.security == "tls" ? 465 : out.security == "starttls" ? 587 : 25;
    out.user = own ? std::string(method.option("user")) : or_else(method.option("user"), config.smtp_user);
    out.password = own || !method.option("user").empty() ? std::string(method.option("password"))
                                                         : or_else(method.option("password"), config.smtp_password);
    out.ca_file = config.smtp_ca_file;
    out.timeout_ms = config.timeout_ms;
    return out;
}

std::string address_of(const Method& method) {
    const std::string& type = method.method.type;
    if (type == "PAGERDUTY") return or_else(method.option("url"), "https://events.pagerduty.com/v2/enqueue");
    if (type == "TELEGRAM") return or_else(method.option("url"), "https://api.telegram.org");
    return method.method.address;
}

}  // namespace

std::string_view Method::option(std::string_view name) const {
    return value_of(method.options, name);
}

Result<MethodPtr> prepare_method(const catalog::NotificationMethod& method, const NotifyConfig& config) {
    auto out = std::make_shared<Method>();
    out->method = method;
    for (const char* name : TEXTS) {
        const std::string_view source = out->option(name);
        if (!source.empty())
            out->texts.emplace(
                name, std::make_shared<const templates::Template>(TRY(parse_text(source).context("option {}", name))));
    }
    if (method.type == "EMAIL") {
        out->mail_server = TRY(mail_server_of(*out, config));
        out->host = fmt::format("{}:{}", out->mail_server.host, out->mail_server.port);
    } else {
        out->destination = TRY(parse_destination(address_of(*out)));
        out->host = fmt::format("{}:{}", out->destination.url.host, out->destination.url.port);
    }
    return MethodPtr(std::move(out));
}

}  // namespace belfry::notify
