#include "ecs/client/paging.h"

#include <cstdlib>

namespace preemptd::ecs {
namespace {

std::int64_t number_in(const Parameters& parameters, const std::string& name, std::int64_t otherwise) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return otherwise;
  return std::atoll(found->second.c_str());
}

}  // namespace

Paging paging_of(const Parameters& asked, const JsonValue& answer) {
  if (!asked.contains("PageNumber") && !answer.at("NextToken").text_or_empty().empty()) return Paging::token;
  if (asked.contains("NextToken")) return Paging::token;
  if (answer.at("NextOffset").integer().value_or(0) > 0) return Paging::offset;
  const bool numbered = answer.at("PageNumber").exists() || answer.at("PageSize").exists() ||
                        asked.contains("PageNumber") || asked.contains("PageSize");
  return numbered && answer.at("TotalCount").exists() ? Paging::number : Paging::none;
}

std::optional<Parameters> next_page(Paging paging, const Parameters& asked, const JsonValue& answer, std::size_t count,
                                    std::size_t seen) {
  if (paging == Paging::token) {
    auto token = answer.at("NextToken").text_or_empty();
    const auto before = asked.find("NextToken");
    if (token.empty() || (before != asked.end() && before->second == token)) return std::nullopt;
    return Parameters{{"NextToken", std::move(token)}};
  }
  if (paging == Paging::number) {
    const auto total = answer.at("TotalCount").integer().value_or(0);
    if (count == 0 || static_cast<std::int64_t>(seen) >= total) return std::nullopt;
    return Parameters{{"PageNumber", std::to_string(number_in(asked, "PageNumber", 1) + 1)}};
  }
  if (paging == Paging::offset) {
    const auto next = answer.at("NextOffset").integer().value_or(0);
    if (next <= number_in(asked, "Offset", 0)) return std::nullopt;
    return Parameters{{"Offset", std::to_string(next)}};
  }
  return std::nullopt;
}

Pages::Pages(Client& client, Call call, Paging paging, std::vector<std::string> path, core::Deadline by)
    : client_(client), call_(std::move(call)), paging_(paging), path_(std::move(path)), by_(by) {}

Result<std::optional<std::vector<JsonValue>>> Pages::next() {
  if (over_) return std::nullopt;
  auto answer = client_.call(call_, by_);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  answer_ = std::move(*answer);
  const JsonValue root = answer_->json.root();
  JsonValue list = root;
  for (const auto& name : path_) list = list.at(name);
  // Every answer of the API names its request: what has neither that nor the list is somebody else's.
  if (!list.exists() && answer_->request_id.empty()) {
    return failed(*answer_, call_, core::ErrorCode::bad_reply, "an answer without " + path_.front());
  }
  std::vector<JsonValue> items;
  list.each([&](const JsonValue& item) { items.push_back(item); });
  seen_ += items.size();
  auto more = next_page(paging_, call_.parameters, root, items.size(), seen_);
  over_ = !more;
  if (more) {
    for (auto& [name, value] : *more) call_.parameters[name] = std::move(value);
  }
  return items;
}

Pages::Iterator Pages::begin() {
  return Iterator(*this);
}

Pages::Iterator& Pages::Iterator::operator++() {
  if (++at_ >= items_.size()) fetch();
  return *this;
}

void Pages::Iterator::fetch() {
  items_.clear();
  at_ = 0;
  while (items_.empty()) {
    auto page = pages_->next();
    if (!page) {
      pages_->failure_ = std::move(page.error());
      return;
    }
    if (!*page) return;
    items_ = std::move(**page);
  }
}

}  // namespace preemptd::ecs
