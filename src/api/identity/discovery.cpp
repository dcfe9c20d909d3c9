// Which versions there are, and where: clients go on at these addresses and not at the one they were told.
#include "api/identity/answer.h"

namespace belfry::api {
namespace {

void write_version(JsonWriter& json, const std::string& base) {
    json.begin_object().field("id", "v3.14").field("status", "stable").field("updated", "2020-04-07T00:00:00Z");
    json.key("links")
        .begin_array()
        .begin_object()
        .field("rel", "self")
        .field("href", base + "/v3/")
        .end_object()
        .end_array();
    json.key("media-types").begin_array().begin_object().field("base", "application/json");
    json.field("type", "application/vnd.openstack.identity-v3+json").end_object().end_array().end_object();
}

http::Response versions(const http::Request& request, const IdentityParts& parts) {
    JsonWriter json;
    json.begin_object().key("versions").begin_object().key("values").begin_array();
    write_version(json, identity_base(request, parts));
    json.end_array().end_object().end_object();
    http::Response out = identity_answer(json.take(), 300);
    out.set_header("Location", identity_base(request, parts) + "/v3/");
    return out;
}

http::Response version(const http::Request& request, const IdentityParts& parts) {
    JsonWriter json;
    json.begin_object().key("version");
    write_version(json, identity_base(request, parts));
    json.end_object();
    return identity_answer(json.take());
}

}  // namespace

void add_discovery_routes(http::Router& router, const IdentityParts& parts) {
    for (const char* path : {"/identity", "/identity/"})
        router.add("GET", path, http::Access::open,
                   [parts](const http::Request& request) { return versions(request, parts); });
    for (const char* path : {"/identity/v3", "/identity/v3/"})
        router.add("GET", path, http::Access::open,
                   [parts](const http::Request& request) { return version(request, parts); });
}

}  // namespace belfry::api
