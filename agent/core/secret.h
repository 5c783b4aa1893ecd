#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace preemptd::core {

/// A value that must never be seen: keys, tokens, webhook URLs. It has no conversion to text and no printing; whoever
/// needs the bytes says `reveal()`, which a reviewer can grep for. Wiped when it dies or is assigned over.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The bytes, valid as long as this object.
  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  bool operator==(const Secret&) const = default;

 private:
  void wipe();
  std::string value_;
};

}  // namespace preemptd::core
