#include "alarm/rules/rule_book.h"

#include "alarm/rules/stats.h"
#include "base/log.h"

#include <sys/stat.h>

namespace belfry::alarm {
RuleBook::RuleBook(RuleParts parts, Schedule& schedule, std::function<std::vector<std::string>()> more_files)
    : parts_(std::move(parts)), schedule_(schedule), more_files_(std::move(more_files)) {}

RuleBook::~RuleBook() {
    for (const auto& [key, run] : runs_)
        schedule_.remove(*run);
}

std::vector<std::string> RuleBook::files() const {
    std::vector<std::string> out;
    std::vector<std::string> patterns = parts_.config.files;
    if (more_files_) {
        const std::vector<std::string> more = more_files_();
        patterns.insert(patterns.end(), more.begin(), more.end());
    }
    for (const std::string& pattern : patterns) {
        const std::vector<std::string> found = expand_pattern(pattern);
        out.insert(out.end(), found.begin(), found.end());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string RuleBook::signature(const std::vector<std::string>& files) const {
    std::string out;
    for (const std::string& file : files) {
        struct stat s {};
        const bool there = ::stat(file.c_str(), &s) == 0;
        out += fmt::format("{}\n{} {} {} {}\n", file, there ? s.st_ino : 0, s.st_size, s.st_mtim.tv_sec,
                           s.st_mtim.tv_nsec);
    }
    return out;
}

Status RuleBook::load() {
    const std::lock_guard one(load_mutex_);
    reloads.add();
    LoadView view;
    view.at_ms = parts_.clock.now_ms();
    view.files = files();
    signature_ = signature(view.files);
    std::vector<RuleGroup> groups;
    size_t rules = 0;
    for (const std::string& path : view.files) {
        const Result<std::string> text = read_text_file(path, parts_.config.file_bytes_max);
        if (!text.ok()) {
            view.errors.push_back(text.error().message);
            continue;
        }
        RuleFile file = parse_rule_file(
            *text, path, {.file_bytes_max = parts_.config.file_bytes_max, .rules_max = parts_.config.rules_max});
        view.warnings.insert(view.warnings.end(), file.warnings.begin(), file.warnings.end());
        if (!file.errors.empty()) {
            view.errors.insert(view.errors.end(), file.errors.begin(), file.errors.end());
            continue;
        }
        rules += file.rule_count();
        if (rules > parts_.config.rules_max) {
            view.errors.push_back(
                fmt::format("{}: more than {} rules in all files (rules.rules_max)", path, parts_.config.rules_max));
            continue;
        }
        std::move(file.groups.begin(), file.groups.end(), std::back_inserter(groups));
    }
    view.ok = view.errors.empty();
    for (const std::string& warning : view.warnings)
        log_warn("alarm", "a rule is odd", {{"what", warning}});
    for (const std::string& error : view.errors)
        log_error("alarm", "a rule file is wrong", {{"error", error}});
    const bool take = view.ok || !loaded_;
    loaded_ = true;
    if (!view.ok) reload_failures.add();
    if (take) replace(std::move(groups));
    if (view.ok && !view.files.empty())
        log_info("alarm", "rules are loaded", {{"files", view.files.size()}, {"rules", rules}});
    const std::lock_guard lock(mutex_);
    last_load_ = std::move(view);
    if (last_load_.ok) return {};
    return make_error(Code::invalid, "{}{}", last_load_.errors.front(),
                      last_load_.errors.size() > 1 ? fmt::format(" (and {} more)", last_load_.errors.size() - 1) : "");
}

void RuleBook::load_if_changed() {
    {
        const std::lock_guard one(load_mutex_);
        if (!loaded_ || signature(files()) == signature_) return;
    }
    (void)load();  // logged and shown there
}

void RuleBook::replace(std::vector<RuleGroup> groups) {
    std::map<std::string, std::shared_ptr<GroupRun>> before;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        before = runs_;
        first = runs_.empty() && last_load_.at_ms == 0;
    }
    std::map<std::string, std::shared_ptr<GroupRun>> now;
    for (RuleGroup& group : groups) {
        const std::string key = group.key();
        const auto known = before.find(key);
        if (known != before.end() && known->second->group().content == group.content) {
            now.emplace(key, known->second);
            before.erase(known);
            continue;
        }
        auto run = std::make_shared<GroupRun>(parts_, std::make_shared<const RuleGroup>(std::move(group)), first);
        if (known != before.end()) {
            schedule_.remove(*known->second);
            const std::lock_guard turn(known->second->turn);
            run->take_over(*known->second);
            before.erase(known);
        }
        now.emplace(key, std::move(run));
    }
    const int64_t now_ms = parts_.clock.now_ms();
    for (const auto& [key, gone] : before) {
        schedule_.remove(*gone);
        const std::lock_guard turn(gone->turn);
        gone->end_series(now_ms);
    }
    for (const auto& [key, run] : now)
        schedule_.put(run);
    const std::lock_guard lock(mutex_);
    runs_ = std::move(now);
    groups_now.set(static_cast<double>(runs_.size()));
}

LoadView RuleBook::last_load() const {
    const std::lock_guard lock(mutex_);
    return last_load_;
}

std::vector<std::shared_ptr<const GroupView>> RuleBook::groups() const {
    std::vector<std::shared_ptr<const GroupView>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, run] : runs_)
        out.push_back(run->view());
    return out;
}

}  // namespace belfry::alarm
