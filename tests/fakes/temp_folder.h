#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace preemptd::fakes {

/// A fresh folder, gone with the object. It lies below the test's working directory (the build tree), not in /tmp: the
/// hooks' safety gate refuses every path through a folder that others may write to.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::current_path() / "test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  /// A file with this text (mode 0644) in place of any before; folders in `name` are made. Returns its path.
  std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = *this / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    return file.string();
  }

 private:
  std::string path_;
};

}  // namespace preemptd::fakes
