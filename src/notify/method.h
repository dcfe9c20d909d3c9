#pragma once

#include "catalog/notification.h"
#include "notify/destination.h"
#include "notify/mail.h"
#include "notify/notify_config.h"
#include "templates/template.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace belfry::notify {

/// A notification method, read once: addresses and templates are parsed. Immutable.
struct Method {
    catalog::NotificationMethod method;
    Destination destination;                                                               // of types that speak HTTP
    MailServer mail_server;                                                                // of EMAIL
    std::map<std::string, std::shared_ptr<const templates::Template>, std::less<>> texts;  // by option
    std::string host;  // whose queue it stands in: "host:port"

    /// "" when it is not set.
    [[nodiscard]] std::string_view option(std::string_view name) const;
    [[nodiscard]] bool sends_resolved() const { return option("send_resolved") != "false"; }
};
using MethodPtr = std::shared_ptr<const Method>;

/// `invalid` when it cannot be told anything: a method that was checked by older rules.
[[nodiscard]] Result<MethodPtr> prepare_method(const catalog::NotificationMethod& method, const NotifyConfig& config);

}  // namespace belfry::notify
