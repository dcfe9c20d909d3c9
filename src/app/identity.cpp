// Who is who: accounts, tokens, another identity service.
#include "app/parts.h"

namespace belfry::app {

Status App::Parts::open_identity() {
    accounts = std::make_unique<api::Accounts>(*catalog, *changes);
    if (!config.identity.keystone_url.empty()) keystone = TRY(api::Keystone::open(config.identity, clock));
    identities = std::make_unique<api::IdentityService>(
        api::IdentityService::Parts{.config = config.identity,
                                    .clock = clock,
                                    .accounts = *accounts,
                                    .key = TRY(api::TokenKey::open(data.token_key())),
                                    .keystone = keystone.get()});
    api::add_identity_routes(router, {.service = *identities, .address = config.server.listen, .ready = [this] {
                                          return readiness.reasons().empty();
                                      }});
    return {};
}

}  // namespace belfry::app
