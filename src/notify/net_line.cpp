#include "notify/net_line.h"

#include "notify/smtp.h"

namespace belfry::notify {

Result<http::FetchResponse> NetLine::fetch(const http::Url& url, const http::FetchRequest& request) {
    const bool same = connection_ && connection_->url().scheme == url.scheme && connection_->url().host == url.host &&
                      connection_->url().port == url.port;
    if (!same) {
        auto tls = url.scheme == "https" ? std::make_shared<http::TlsClient>(http::TlsOptions{}) : nullptr;
        connection_ = std::make_unique<http::FetchConnection>(clock_, url, std::move(tls), cancel_fd_);
        connection_->admit([this](const sockaddr_storage& address) { return networks_.check(address); });
    }
    return connection_->send(request);
}

Status NetLine::mail(const MailServer& server, const Mail& mail) {
    return SmtpClient(clock_, networks_, server, cancel_fd_).send(mail);
}

}  // namespace belfry::notify
