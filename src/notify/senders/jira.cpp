// JIRA: one issue an alarm, found again by the alarm's id in its summary; opened again when it was closed; each
// transition is a comment. (REST API 2, which the cloud and own servers have.)
#include "base/ascii.h"
#include "base/base64.h"
#include "base/json.h"
#include "http/url.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

struct Project {
    std::string base;  // path before /rest
    std::string key;
    std::string component;
};

Result<Project> project_of(const std::string& target) {
    const size_t question = std::min(target.find('?'), target.size());
    Project out;
    out.base = target.substr(0, question);
    while (out.base.ends_with('/'))
        out.base.pop_back();
    http::Params params;
    if (question < target.size()) TRY(http::parse_form(std::string_view(target).substr(question + 1), 20, &params));
    out.key = params.get("project").value_or("");
    out.component = params.get("component").value_or("");
    if (out.key.empty() || out.key.find_first_of("\"\\") != std::string::npos)
        return make_error(Code::invalid, "the address names no project: https://host/?project=KEY");
    return out;
}

class Jira {
  public:
    Jira(const Telling& telling, Project project) : telling_(telling), project_(std::move(project)) {
        const std::string_view user = telling.method.option("user"), password = telling.method.option("password");
        if (!user.empty())
            authorization_ = "Basic " + encode_base64(std::string(user) + ":" + std::string(password));
        else if (!password.empty())
            authorization_ = "Bearer " + std::string(password);
    }

    Outcome tell() {
        std::string id = telling_.notice.group ? fingerprint({{"group", telling_.notice.group->key}})
                                               : telling_.notice.events.front()->alarm.id;
        Outcome out = find(id);
        if (!out.ok) return out;
        if (issue_.empty()) return create(id);
        if (closed_ && is_firing(telling_.notice)) {
            out = reopen();
            if (!out.ok) return out;
        }
        return comment();
    }

  private:
    Outcome ask(std::string_view method, std::string_view path, std::string_view body, JsonView* answer) {
        const std::string target = project_.base + "/rest/api/2" + std::string(path);
        const auto said = post(telling_, {.url = telling_.method.destination.url,
                                          .target = target,
                                          .body = body,
                                          .authorization = authorization_,
                                          .headers = {{"Accept", "application/json"}},
                                          .method = method});
        Outcome out = judge(said);
        if (!out.ok || answer == nullptr) return out;
        const auto parsed = JsonView::parse(said->body);
        if (parsed.ok())
            *answer = *parsed;
        else
            out = {.ok = false, .code = out.code, .detail = "Jira's answer is no JSON"};
        return out;
    }

    Outcome find(const std::string& id) {
        JsonWriter json;
        json.begin_object().field(
            "jql",
            fmt::format("project = \"{}\" AND summary ~ \"\\\"{}\\\"\" ORDER BY created DESC", project_.key, id));
        json.field("maxResults", int64_t{1}).key("fields").begin_array().string("status").string("resolution");
        json.end_array().end_object();
        JsonView answer;
        Outcome out = ask("POST", "/search", json.text(), &answer);
        if (!out.ok || answer.get("issues").size() == 0) return out;
        const JsonView issue = answer.get("issues").at(0);
        issue_ = http::percent_encode(issue.string_or("key", ""));
        const JsonView fields = issue.get("fields");
        closed_ = fields.get("resolution").is_object() ||
                  fields.get("status").get("statusCategory").string_or("key", "") == "done";
        return out;
    }

    std::string comment_text() const {
        if (auto own = own_text(telling_, "template")) return *own;
        if (telling_.notice.group) return "{code}" + plain_text(telling_) + "{code}";
        return "{code}" + monasca_json(*telling_.notice.events.front()) + "{code}";
    }

    Outcome create(const std::string& id) {
        std::string summary = own_text(telling_, "summary").value_or(title_of(telling_.notice) + " for alarm " + id);
        if (summary.find(id) == std::string::npos) summary += " " + id;  // or it would not be found again
        std::replace(summary.begin(), summary.end(), '\n', ' ');
        const std::string_view type = telling_.method.option("issue_type");
        JsonWriter json;
        json.begin_object().key("fields").begin_object();
        json.key("project").begin_object().field("key", project_.key).end_object();
        json.field("summary", summary).field("description", comment_text());
        json.key("issuetype").begin_object().field("name", type.empty() ? "Bug" : type).end_object();
        if (!project_.component.empty()) {
            json.key("components").begin_array().begin_object().field("name", project_.component);
            json.end_object().end_array();
        }
        json.end_object().end_object();
        return ask("POST", "/issue", json.text(), nullptr);
    }

    Outcome reopen() {
        const std::string path = "/issue/" + issue_ + "/transitions";
        JsonView answer;
        Outcome out = ask("GET", path, "", &answer);
        if (!out.ok) return out;
        const std::string_view option = telling_.method.option("reopen");
        const std::string wanted = option.empty() ? "reopen" : lower(option);
        const JsonView transitions = answer.get("transitions");
        for (size_t i = 0; i < transitions.size(); ++i) {
            const std::string name = lower(transitions.at(i).string_or("name", ""));
            if (name != wanted && !(option.empty() && name.starts_with(wanted))) continue;
            JsonWriter json;
            json.begin_object().key("transition").begin_object();
            json.field("id", transitions.at(i).string_or("id", "")).end_object().end_object();
            return ask("POST", path, json.text(), nullptr);
        }
        return out;  // it cannot be opened again; the comment tells
    }

    Outcome comment() {
        JsonWriter json;
        json.begin_object().field("body", comment_text()).end_object();
        return ask("POST", "/issue/" + issue_ + "/comment", json.text(), nullptr);
    }

    const Telling& telling_;
    const Project project_;
    std::string authorization_;
    std::string issue_;  // its key; "" when there is none
    bool closed_ = false;
};

}  // namespace

Outcome tell_jira(const Telling& telling) {
    auto project = project_of(telling.method.destination.target);
    if (!project.ok()) return {.ok = false, .code = 0, .detail = project.error().message};
    return Jira(telling, *std::move(project)).tell();
}

}  // namespace belfry::notify
