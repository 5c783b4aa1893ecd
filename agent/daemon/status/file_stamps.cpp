#include "daemon/status/file_stamps.h"

#include <sys/stat.h>

#include <algorithm>

#include "sys/files.h"

namespace preemptd::daemon {

std::vector<std::string> files_in_force(const config::Loaded& loaded, const std::string& main_file) {
  const std::string file = main_file.empty() ? config::kDefaultFile : main_file;
  std::vector<std::string> paths{file, sys::folder_of(file) + "/conf.d"};
  paths.insert(paths.end(), loaded.files.begin(), loaded.files.end());
  for (const auto& sink : loaded.config.sinks)
    if (sink.enabled)
      for (const auto& named : {sink.url_file, sink.secret_file, sink.token_file, sink.template_file})
        if (named.starts_with('/')) paths.push_back(named);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

FileStamps stamps_of(const std::vector<std::string>& paths) {
  FileStamps stamps;
  for (const auto& path : paths) {
    struct stat file {};
    FileStamp& stamp = stamps[path];
    if (::stat(path.c_str(), &file) != 0) continue;
    stamp = {std::int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec, file.st_size, file.st_ino,
             file.st_dev};
  }
  return stamps;
}

std::vector<std::string> changed_since(const FileStamps& before, const FileStamps& now) {
  std::vector<std::string> changed;
  for (const auto& [path, stamp] : now)
    if (const auto known = before.find(path); known != before.end() && known->second != stamp) changed.push_back(path);
  return changed;
}

}  // namespace preemptd::daemon
