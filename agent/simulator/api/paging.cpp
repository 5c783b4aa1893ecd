#include "simulator/api/paging.h"

#include <charconv>
#include <functional>
#include <optional>

#include "simulator/cloud/digest.h"

namespace preemptd::simulator {
namespace {

constexpr std::string_view kMark = "after:";

std::string token_after(std::uint64_t sequence) {
  return base64(std::string(kMark) + std::to_string(sequence));
}

std::optional<std::uint64_t> sequence_of(const std::string& token) {
  const std::string plain = is_base64(token) ? base64_decode(token) : "";
  if (!plain.starts_with(kMark)) return std::nullopt;
  std::uint64_t sequence = 0;
  const auto [end, code] = std::from_chars(plain.data() + kMark.size(), plain.data() + plain.size(), sequence);
  if (code != std::errc() || end != plain.data() + plain.size()) return std::nullopt;
  return sequence;
}

Page by_number(ParameterReader& read, std::size_t total, PageLimits limits) {
  const auto number = read.integer("PageNumber", 1, 1, 1'000'000);
  const auto size = read.integer("PageSize", limits.otherwise, 1, limits.most);
  Page page;
  page.first = std::min(total, static_cast<std::size_t>((number - 1) * size));
  page.count = std::min(total - page.first, static_cast<std::size_t>(size));
  page.head = {{"TotalCount", total}, {"PageNumber", number}, {"PageSize", size}};
  return page;
}

}  // namespace

Page page_of(ParameterReader& read, const std::vector<std::uint64_t>& sequences, PageLimits limits) {
  const bool by_token = read.has("MaxResults") || read.has("NextToken");
  if (!by_token && (read.has("PageNumber") || read.has("PageSize"))) {
    Page page = by_number(read, sequences.size(), limits);
    page.head["NextToken"] = "";
    return page;
  }
  const auto size =
      std::clamp(read.integer("MaxResults", limits.otherwise, INT64_MIN, INT64_MAX), limits.least, limits.most);
  Page page;
  if (read.has("NextToken")) {
    const auto last = sequence_of(read.text("NextToken"));
    if (!last) read.refuse(invalid_parameter("NextToken"));
    const auto next = std::upper_bound(sequences.begin(), sequences.end(), last.value_or(0), std::greater<>());
    page.first = static_cast<std::size_t>(next - sequences.begin());
  }
  page.count = std::min(sequences.size() - page.first, static_cast<std::size_t>(size));
  const bool more = page.first + page.count < sequences.size();
  page.head = {{"TotalCount", sequences.size()},
               {"PageNumber", 1},
               {"PageSize", size},
               {"NextToken", more ? token_after(sequences[page.first + page.count - 1]) : std::string()}};
  return page;
}

}  // namespace preemptd::simulator
