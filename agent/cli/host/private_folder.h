#pragma once
#include <memory>
#include <string>

#include "core/result.h"

namespace preemptd::cli {

/// A folder of our own, gone with the object unless kept. Only names and bytes made by this
/// command and its children lie in it.
class PrivateFolder {
 public:
  /// Below `parent`; where that is empty, below TMPDIR, else /tmp.
  static core::Result<std::unique_ptr<PrivateFolder>> make(const std::string& prefix, const std::string& parent = "");
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void keep() { kept_ = true; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  bool kept_ = false;
};

}  // namespace preemptd::cli
