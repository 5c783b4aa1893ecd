#pragma once
#include <cstdio>
#include <string>

#include "cli/terminal/output.h"

namespace preemptd::fakes {

/// A terminal that remembers what was written to it.
class Screen {
 public:
  explicit Screen(cli::Style style = {}) : output_(out_, err_, std::move(style)) {}
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() {
    std::fclose(out_);
    std::fclose(err_);
  }

  cli::Output& out() { return output_; }
  std::string stdout_text() const { return text_of(out_); }
  std::string stderr_text() const { return text_of(err_); }

 private:
  static std::string text_of(std::FILE* file) {
    std::string text;
    std::rewind(file);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
  }

  std::FILE* out_ = std::tmpfile();
  std::FILE* err_ = std::tmpfile();
  cli::Output output_;
};

}  // namespace preemptd::fakes
