#include "cli/ecs/api_pages.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace preemptd::cli {
namespace {

using core::Json;

Json* list_at(Json& answer, const std::vector<std::string>& path) {
  Json* at = &answer;
  for (const auto& name : path) {
    if (!at->is_object() || !at->contains(name)) return nullptr;
    at = &(*at)[name];
  }
  return at->is_array() && !path.empty() ? at : nullptr;
}

std::size_t items_in(Json& answer, const std::vector<std::string>& path) {
  const auto* list = list_at(answer, path);
  return list == nullptr ? 0 : list->size();
}

void append_page(Json& all, Json page, const std::vector<std::string>& path) {
  auto* from = list_at(page, path);
  auto* into = list_at(all, path);
  if (from == nullptr) return;
  if (into == nullptr) {
    all = std::move(page);
    return;
  }
  for (auto& each : *from) into->push_back(std::move(each));
}

/// Which say where one page lies, and nothing about the joined list.
void forget_place(Json& answer) {
  for (const char* name : {"NextToken", "PageNumber", "PageSize", "NextOffset"}) answer.erase(name);
}

}  // namespace

std::vector<std::string> path_of_list(const Json& answer) {
  std::vector<std::string> path;
  std::size_t longest = 0;
  const auto offer = [&](const Json& value, std::vector<std::string> at) {
    if (!value.is_array() || (!path.empty() && value.size() <= longest)) return;
    path = std::move(at);
    longest = value.size();
  };
  if (!answer.is_object()) return path;
  for (const auto& [name, member] : answer.items()) {
    offer(member, {name});
    if (!member.is_object()) continue;
    for (const auto& [inner, value] : member.items()) offer(value, {name, inner});
  }
  return path;
}

ecs::Result<ApiAnswer> call_for_pages(CloudSession& session, const ecs::Call& call, bool all_pages) {
  auto next = call;
  ApiAnswer all;
  std::vector<std::string> path;
  for (bool first = true;; first = false) {
    const auto answer = session.client().call(next, session.by());
    if (!answer) return tl::unexpected(answer.error());
    auto page = core::parse_json(answer->json.text());
    if (!page) return ecs::failed(page.error());
    if (path.empty()) path = path_of_list(*page);
    const auto count = items_in(*page, path);
    all.shown += count;
    all.total = answer->json.root().at("TotalCount").integer();
    if (first) {
      all.json = std::move(*page);
    } else {
      append_page(all.json, std::move(*page), path);
    }
    const auto paging = ecs::paging_of(next.parameters, answer->json.root());
    const auto more = ecs::next_page(paging, next.parameters, answer->json.root(), count, all.shown);
    all.more = more.has_value();
    if (more && all_pages) {
      for (const auto& [name, value] : *more) next.parameters[name] = value;
      session.out().progress(std::to_string(all.shown) + " so far");
      continue;
    }
    if (!first) forget_place(all.json);
    session.out().progress("");
    return all;
  }
}

}  // namespace preemptd::cli
