#pragma once
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ecs/client/client.h"

namespace preemptd::ecs {

/// How an action hands out a long list.
enum class Paging {
  none,
  token,   ///< MaxResults and NextToken; ends when the token comes back empty
  number,  ///< PageNumber and PageSize; ends when all of TotalCount were seen, or a page is empty
  offset,  ///< Offset and NextOffset; ends when NextOffset is missing, 0 or not larger
};

/// Which of the three ways an answer's further pages are fetched in: by its token where it has one and no page number
/// was asked for, by numbers where it counts, by its offset; none where it offers nothing.
Paging paging_of(const Parameters& asked, const JsonValue& answer);

/// Where the next page begins, as parameters to lay over the call; nothing at the end. `asked` is the call that was
/// made, `answer` its root, `count` the items of its page, `seen` those of all pages so far.
std::optional<Parameters> next_page(Paging paging, const Parameters& asked, const JsonValue& answer, std::size_t count,
                                    std::size_t seen);

/// A call whose list comes in pages, read as one range:
///
///   Pages pages(client, call, Paging::token, {"Instances"}, by);
///   for (const JsonValue& each : pages) …           // valid until the next page is fetched
///   if (pages.failure()) …                          // the range ended early
class Pages {
 public:
  /// `path` leads from the answer's root to the list.
  Pages(Client& client, Call call, Paging paging, std::vector<std::string> path, core::Deadline by);

  /// The items of the next page; nothing at the end. After a failure the same call may be made again.
  Result<std::optional<std::vector<JsonValue>>> next();

  /// True once the last page was read.
  bool over() const { return over_; }
  const std::optional<Failure>& failure() const { return failure_; }
  /// The page being read; nothing before the first.
  const Response* answer() const { return answer_ ? &*answer_ : nullptr; }

  class Iterator;
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

 private:
  Client& client_;
  Call call_;
  Paging paging_;
  std::vector<std::string> path_;
  core::Deadline by_;
  std::optional<Response> answer_;
  std::optional<Failure> failure_;
  std::size_t seen_ = 0;
  bool over_ = false;
};

/// Single pass.
class Pages::Iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = JsonValue;

  explicit Iterator(Pages& pages) : pages_(&pages) { fetch(); }
  const JsonValue& operator*() const { return items_[at_]; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return items_.empty(); }

 private:
  void fetch();
  Pages* pages_;
  std::vector<JsonValue> items_;
  std::size_t at_ = 0;
};

}  // namespace preemptd::ecs
