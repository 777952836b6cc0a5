#include "io/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "util/error.h"
#include "util/fd.h"

namespace rasvm {

int listenUnix(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw SystemError(ENAMETOOLONG, "bind");
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  check(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind");
  check(listen(socket.get(), SOMAXCONN), "listen");
  return socket.release();
}

}  // namespace rasvm
