// The passphrase prompt: the process's own terminal, without echo, never standard input or output.
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/store/unlock_source.h"

namespace tally::store {
namespace {

constexpr std::uint8_t kEndOfText = 3;  // Ctrl-C, which is read here instead of ending the process without its echo

// Echo and signals off as long as it lives.
class QuietTerminal {
  public:
    QuietTerminal() : file_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (file_ < 0 || ::tcgetattr(file_, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
        quiet_ = ::tcsetattr(file_, TCSAFLUSH, &quiet) == 0;
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;
    ~QuietTerminal() {
        if (quiet_) ::tcsetattr(file_, TCSAFLUSH, &before_);
        if (file_ >= 0) ::close(file_);
    }
    bool quiet() const { return quiet_; }
    int file() const { return file_; }
    void say(const std::string& text) const {
        if (::write(file_, text.data(), text.size()) < 0) return;  // then the person sees no prompt
    }

  private:
    int file_;
    termios before_{};
    bool quiet_ = false;
};

Result<crypto::Secret> one_line(const QuietTerminal& terminal, const std::string& prompt) {
    terminal.say(prompt);
    Result<crypto::Secret> text = read_passphrase(terminal.file());
    terminal.say("\n");
    if (!text) return text;
    for (const std::uint8_t byte : text->view())
        if (byte == kEndOfText) return fail(Code::kRefused, "broken off");
    return text;
}

}  // namespace

Result<crypto::Secret> ask_passphrase(const std::string& prompt, bool twice) {
    const QuietTerminal terminal;
    if (!terminal.quiet()) return fail(Code::kNotFound, "this process has no terminal to ask at");
    TALLY_TRY(crypto::Secret first, one_line(terminal, prompt));
    if (!twice) return first;
    TALLY_TRY(const crypto::Secret second, one_line(terminal, "The same again: "));
    if (!crypto::same(first.view(), second.view())) return fail(Code::kInvalid, "the two are not the same");
    return first;
}

}  // namespace tally::store
