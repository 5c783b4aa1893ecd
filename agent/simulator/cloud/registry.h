#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace preemptd::simulator {

/// Things of one kind by id, also in the order they came. A thing has `id` and `sequence`; pointers to it stay valid
/// until it is taken off.
template <typename Thing>
class Registry {
 public:
  Thing& add(Thing thing) {
    thing.sequence = ++sequence_;
    std::string id = thing.id;
    Thing& kept = things_.insert_or_assign(std::move(id), std::move(thing)).first->second;
    order_[kept.sequence] = &kept;
    return kept;
  }
  /// Null: no such thing.
  Thing* find(std::string_view id) {
    const auto found = things_.find(id);
    return found == things_.end() ? nullptr : &found->second;
  }
  const Thing* find(std::string_view id) const {
    const auto found = things_.find(id);
    return found == things_.end() ? nullptr : &found->second;
  }
  void remove(std::string_view id) {
    const auto found = things_.find(id);
    if (found == things_.end()) return;
    order_.erase(found->second.sequence);
    things_.erase(found);
  }
  void clear() {
    order_.clear();
    things_.clear();
  }
  std::size_t size() const { return things_.size(); }
  const std::map<std::uint64_t, Thing*, std::greater<>>& newest_first() const { return order_; }

 private:
  std::map<std::string, Thing, std::less<>> things_;
  std::map<std::uint64_t, Thing*, std::greater<>> order_;
  std::uint64_t sequence_ = 0;
};

}  // namespace preemptd::simulator
