#include "http/router.h"

#include "base/result.h"

namespace belfry::http {
namespace {

std::vector<std::string> split_segments(std::string_view path) {
    std::vector<std::string> out;
    path.remove_prefix(1);
    for (;;) {
        const size_t slash = path.find('/');
        out.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return out;
        path.remove_prefix(slash + 1);
    }
}

bool is_param(const std::string& segment) {
    return segment.size() > 1 && segment[0] == ':';
}
bool is_rest(const std::string& segment) {
    return !segment.empty() && segment[0] == '*';
}

/// Sorts literal segments before ":name" before "*rest", position by position.
std::vector<int> weight(const std::vector<std::string>& segments) {
    std::vector<int> out;
    for (const std::string& segment : segments)
        out.push_back(is_rest(segment) ? 2 : is_param(segment) ? 1 : 0);
    return out;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Access access, Handler handler, RouteOptions options) {
    INVARIANT(pattern.starts_with('/'), "a route's pattern starts with '/'");
    const Route& route =
        routes_.emplace_back(Route{std::move(method), std::move(pattern), access, std::move(handler), options});
    std::vector<std::string> segments = split_segments(route.pattern);
    Pattern* home = nullptr;
    if (std::none_of(segments.begin(), segments.end(), [](const auto& s) { return is_param(s) || is_rest(s); })) {
        home = &literal_[route.pattern];
    } else {
        const auto found = std::find_if(with_params_.begin(), with_params_.end(),
                                        [&](const Pattern& p) { return p.text == route.pattern; });
        if (found != with_params_.end()) {
            home = &*found;
        } else {
            const auto heavier = [&](const Pattern& p) { return weight(p.segments) > weight(segments); };
            home = &*with_params_.emplace(std::find_if(with_params_.begin(), with_params_.end(), heavier));
            home->has_rest = is_rest(segments.back());
        }
    }
    home->text = route.pattern;
    home->segments = std::move(segments);
    for (const Route* other : home->methods)
        INVARIANT(other->method != route.method, "a method and pattern have one route");
    home->methods.push_back(&route);
}

const Router::Pattern* Router::match(std::string_view path, RouteMatch* out) const {
    const auto literal = literal_.find(std::string(path));
    if (literal != literal_.end()) return &literal->second;
    const std::vector<std::string> segments = split_segments(path);
    for (const Pattern& pattern : with_params_) {
        const size_t fixed = pattern.segments.size() - (pattern.has_rest ? 1 : 0);
        if (pattern.has_rest ? segments.size() <= fixed : segments.size() != fixed) continue;
        bool fits = true;
        for (size_t i = 0; fits && i < fixed; ++i)
            fits = is_param(pattern.segments[i]) ? !segments[i].empty() : pattern.segments[i] == segments[i];
        if (!fits) continue;
        for (size_t i = 0; i < fixed; ++i)
            if (is_param(pattern.segments[i])) out->path_params.emplace(pattern.segments[i].substr(1), segments[i]);
        if (pattern.has_rest) {
            std::string rest;
            for (size_t i = fixed; i < segments.size(); ++i)
                rest += (i > fixed ? "/" : "") + segments[i];
            out->path_params.emplace(pattern.segments.back().substr(1), std::move(rest));
        }
        return &pattern;
    }
    return nullptr;
}

const std::function<Response(Response)>* Router::rewording(std::string_view path) const {
    for (const auto& [prefix, reword] : rewordings_) {
        if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) return &reword;
    }
    return nullptr;
}

RouteMatch Router::find(std::string_view method, std::string_view path) const {
    RouteMatch out;
    if (!path.starts_with('/')) return out;
    const Pattern* pattern = match(path, &out);
    if (pattern == nullptr) return out;
    for (const Route* route : pattern->methods) {
        if (route->method == method) {
            out.route = route;
            return out;
        }
        if (method == "HEAD" && route->method == "GET") out.route = route;
    }
    out.other_method = out.route == nullptr;
    return out;
}

}  // namespace belfry::http
