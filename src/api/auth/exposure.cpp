#include "api/auth/exposure.h"

namespace belfry::api {

Status check_exposure(const Exposure& exposure) {
    for (const Listener& listener : exposure.listeners) {
        if (listener.loopback) continue;
        if (!exposure.auth) {
            return make_error(
                Code::invalid,
                "auth is off and {} can be reached from other machines: everybody there could change everything; "
                "listen on 127.0.0.1 or leave auth on",
                listener.address);
        }
        if (!listener.tls && !exposure.has_keys && !exposure.allow_open) {
            return make_error(Code::invalid,
                              "{} can be reached from other machines, without TLS and without any key: start on "
                              "127.0.0.1 and make one "
                              "(belfry keys create NAME --scope ingest), or say --i-know-this-is-open",
                              listener.address);
        }
    }
    return {};
}

}  // namespace belfry::api
